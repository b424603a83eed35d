//! Commands that reports suggest: they name the stack as the caller named it, so that they can be pasted as they are.

use std::fmt::{Display, Write};

use crate::access::{LOCAL_ACCOUNT, LOCAL_SECRET};
use crate::failure::Target;
use crate::options::{DEFAULT_STACK, GlobalOptions, STACK_VARIABLE};

/// How the caller named the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggest {
    /// Options of `paloma`, with a blank before each.
    options: String,
    /// Variables before `aws`, with a blank behind each.
    aws_variables: String,
    /// Options of `aws`, with a blank before each.
    aws_options: String,
}

impl Suggest {
    /// As the arguments and the environment have it.
    pub fn of(global: &GlobalOptions, target: &Target) -> Self {
        Self::with(global, target, std::env::var(STACK_VARIABLE).ok().as_deref())
    }

    fn with(global: &GlobalOptions, target: &Target, stack_of_environment: Option<&str>) -> Self {
        let mut suggest = Self::default();
        let Self { options, aws_variables, aws_options } = &mut suggest;
        if global.stack != stack_of_environment.unwrap_or(DEFAULT_STACK) {
            add(options, "--stack ", &global.stack);
        }
        match &global.local {
            Some(Some(path)) => add(options, "--local=", &path.display().to_string()),
            Some(None) => options.push_str(" --local"),
            None => {}
        }
        for (option, value) in [("--region ", &global.region), ("--profile ", &global.profile)] {
            if let Some(value) = value {
                add(options, option, value);
                add(aws_options, option, value);
            }
        }
        if let Some(engine) = &target.engine {
            *aws_variables = format!("AWS_ACCESS_KEY_ID={LOCAL_ACCOUNT} AWS_SECRET_ACCESS_KEY={LOCAL_SECRET} ");
            add(aws_options, "--endpoint-url ", engine);
            add(aws_options, "--region ", &target.region);
        }
        suggest
    }

    /// `paloma dlq list`, on the caller's stack.
    pub fn paloma(&self, command: impl Display) -> String {
        format!("paloma {command}{}", self.options)
    }

    /// `aws logs tail …`, in the caller's account and region.
    pub fn aws(&self, command: impl Display) -> String {
        format!("{}aws {command}{}", self.aws_variables, self.aws_options)
    }

    /// A sentence for below a text of the template, which cannot know how the caller names the stack: `None` when its
    /// commands work as they are.
    pub fn below(&self, text: &str) -> Option<String> {
        let needs_options = text.contains("paloma ") && !self.options.is_empty();
        needs_options.then(|| format!("Give `paloma` these options:{}", self.options))
    }
}

fn add(options: &mut String, option: &str, value: &str) {
    // A String takes everything.
    let _ = write!(options, " {option}{}", quoted(value));
}

/// The text as a shell reads it back: in quotes unless it has only letters, digits and `_./:@=+-`.
pub fn quoted(text: &str) -> String {
    let is_plain = |each: char| each.is_ascii_alphanumeric() || "_./:@=+-".contains(each);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        global: GlobalOptions,
    }

    fn suggest(options: &[&str], stack_of_environment: Option<&str>, engine: Option<&str>) -> Suggest {
        let stack = stack_of_environment.map(|name| ["--stack", name]);
        let given = options.contains(&"--stack");
        // What clap reads from the environment is the stack without an option.
        let environment = stack.filter(|_| !given).into_iter().flatten();
        let arguments = ["paloma"].into_iter().chain(environment).chain(options.iter().copied());
        let global = Options::try_parse_from(arguments).unwrap().global;
        let target = Target { region: "us-east-1".to_owned(), engine: engine.map(str::to_owned) };
        Suggest::with(&global, &target, stack_of_environment)
    }

    #[test]
    fn a_suggested_command_names_the_stack_as_the_caller_did() {
        for (options, environment, expected) in [
            (vec![], None, "paloma dlq list"),
            (vec![], Some("paloma-prod"), "paloma dlq list"),
            (vec!["--stack", "paloma-prod"], None, "paloma dlq list --stack paloma-prod"),
            (vec!["--stack", "paloma-prod"], Some("paloma-prod"), "paloma dlq list"),
            (vec!["--stack", "paloma-dev"], Some("paloma-prod"), "paloma dlq list --stack paloma-dev"),
            (vec!["--region", "eu-west-1"], None, "paloma dlq list --region eu-west-1"),
            (vec!["--profile", "on call"], None, "paloma dlq list --profile 'on call'"),
            (vec!["--local"], None, "paloma dlq list --local"),
            (vec!["--local=a b's/stack.json"], None, r"paloma dlq list --local='a b'\''s/stack.json'"),
            (
                vec!["--region", "eu-west-1", "--profile", "ops", "--stack", "paloma-prod"],
                None,
                "paloma dlq list --stack paloma-prod --region eu-west-1 --profile ops",
            ),
        ] {
            assert_eq!(suggest(&options, environment, None).paloma("dlq list"), expected, "{options:?}");
        }
        let below = |options, text| suggest(options, None, None).below(text);
        assert_eq!(below(&[], "First: paloma status"), None);
        assert_eq!(below(&["--local"], "First: the log"), None);
        assert_eq!(
            below(&["--local"], "First: paloma status"),
            Some("Give `paloma` these options: --local".to_owned())
        );
    }

    #[test]
    fn commands_of_aws_go_to_the_same_account_and_region() {
        let suggested = suggest(&["--region", "eu-west-1", "--profile", "ops"], None, None).aws("logs tail x");
        assert_eq!(suggested, "aws logs tail x --region eu-west-1 --profile ops");
        let suggested = suggest(&["--local"], None, Some("http://127.0.0.1:4566")).aws("logs tail x");
        let expected = "AWS_ACCESS_KEY_ID=000000000000 AWS_SECRET_ACCESS_KEY=test aws logs tail x \
                        --endpoint-url http://127.0.0.1:4566 --region us-east-1";
        assert_eq!(suggested, expected);
    }
}
