//! Commands that reports suggest. They name the stack as the caller named it, so that they can be pasted unchanged.

use std::fmt::{Display, Write};

use crate::access::{LOCAL_ACCOUNT, LOCAL_SECRET};
use crate::failure::Target;
use crate::options::{DEFAULT_STACK, GlobalOptions, STACK_VARIABLE};

/// The options with which the caller named the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandHints {
    /// Options of `paloma`, each after a space.
    options: String,
    /// Environment variables for `aws`, each before a space.
    aws_variables: String,
    /// Options of `aws`, each after a space.
    aws_options: String,
}

impl CommandHints {
    pub fn of(global: &GlobalOptions, target: &Target) -> Self {
        Self::with(global, target, std::env::var(STACK_VARIABLE).ok().as_deref())
    }

    fn with(global: &GlobalOptions, target: &Target, stack_of_environment: Option<&str>) -> Self {
        let mut hints = Self::default();
        let Self { options, aws_variables, aws_options } = &mut hints;
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
        hints
    }

    /// A command of `paloma`, such as `dlq list`, on the caller's stack.
    pub fn paloma(&self, command: impl Display) -> String {
        format!("paloma {command}{}", self.options)
    }

    /// A command of `aws`, such as `logs tail …`, in the caller's account and region.
    pub fn aws(&self, command: impl Display) -> String {
        format!("{}aws {command}{}", self.aws_variables, self.aws_options)
    }

    /// The caller's options, to print below commands of the template, which lack them. `None` when the commands work
    /// unchanged.
    pub fn options_hint(&self, text: &str) -> Option<String> {
        let needs_options = text.contains("paloma ") && !self.options.is_empty();
        needs_options.then(|| format!("Add these options to `paloma`:{}", self.options))
    }
}

fn add(options: &mut String, option: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = write!(options, " {option}{}", quoted(value));
}

/// The text quoted for a shell, unless it has only letters, digits and `_./:@=+-`.
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

    fn hints(options: &[&str], stack_of_environment: Option<&str>, engine: Option<&str>) -> CommandHints {
        let stack = stack_of_environment.map(|name| ["--stack", name]);
        let given = options.contains(&"--stack");
        // clap reads the stack from the environment if no option names it.
        let environment = stack.filter(|_| !given).into_iter().flatten();
        let arguments = ["paloma"].into_iter().chain(environment).chain(options.iter().copied());
        let global = Options::try_parse_from(arguments).unwrap().global;
        let target = Target { region: "us-east-1".to_owned(), engine: engine.map(str::to_owned) };
        CommandHints::with(&global, &target, stack_of_environment)
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
            assert_eq!(hints(&options, environment, None).paloma("dlq list"), expected, "{options:?}");
        }
        let hint = |options, text| hints(options, None, None).options_hint(text);
        assert_eq!(hint(&[], "First: paloma status"), None);
        assert_eq!(hint(&["--local"], "First: the log"), None);
        assert_eq!(
            hint(&["--local"], "First: paloma status"),
            Some("Add these options to `paloma`: --local".to_owned())
        );
    }

    #[test]
    fn suggested_aws_commands_use_the_callers_account_and_region() {
        let suggested = hints(&["--region", "eu-west-1", "--profile", "ops"], None, None).aws("logs tail x");
        assert_eq!(suggested, "aws logs tail x --region eu-west-1 --profile ops");
        let suggested = hints(&["--local"], None, Some("http://127.0.0.1:4566")).aws("logs tail x");
        let expected = "AWS_ACCESS_KEY_ID=000000000000 AWS_SECRET_ACCESS_KEY=test aws logs tail x \
                        --endpoint-url http://127.0.0.1:4566 --region us-east-1";
        assert_eq!(suggested, expected);
    }
}
