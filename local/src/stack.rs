//! Starts, changes and ends a stack.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use crate::deployment::{Credentials, Deployment};
use crate::description::{DemoUser, Description, NewUser};
use crate::directory::{Directory, Port};
use crate::engine::{Engine, EngineOptions};
use crate::environment;
use crate::error::{Error, IoContext};
use crate::functions::{self, Binaries, Profile};
use crate::logs::Logs;
use crate::progress::{Progress, ProgressSink, Step, step};
use crate::pushes::Pushes;
use crate::watch::Changes;
use crate::workspace::Workspace;

/// Time limit in seconds for the engine's first answer.
const ENGINE_SECONDS: u32 = 60;

#[derive(Debug, Clone)]
pub struct Options {
    /// The engine's port on 127.0.0.1.
    pub port: Port,
    pub profile: Profile,
    pub users: Vec<NewUser>,
    /// Whether the first of these users gets a direct chat with the second, and a group with all.
    pub chats: bool,
    /// Parameters of the template that differ from its defaults, by name.
    pub parameters: BTreeMap<String, String>,
    pub engine: EngineOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: Port::Any,
            profile: Profile::Dev,
            users: Vec::new(),
            chats: false,
            parameters: BTreeMap::new(),
            engine: EngineOptions::default(),
        }
    }
}

/// A running Paloma: `template.yaml` and the functions, deployed to its own engine.
///
/// The engine and the functions end when this value is dropped, and also when this process is killed. The methods may
/// be called from any tokio runtime.
#[derive(Debug)]
pub struct Stack {
    engine: Engine,
    deployment: Arc<Deployment>,
    directory: Directory,
    workspace: Workspace,
    profile: Profile,
    description: Description,
    created_users: AtomicUsize,
    parameters: BTreeMap<String, String>,
    detached: bool,
}

/// The result of deploying a change of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reload {
    /// The functions that have new code.
    pub functions: Vec<String>,
    /// Whether CloudFormation changed a resource.
    pub template: bool,
    pub duration: Duration,
}

impl Stack {
    /// Builds the functions, starts an engine, deploys, creates the users, and writes `stack.json`. Leaves no process
    /// running if it fails.
    pub async fn start(options: Options, progress: impl Fn(Progress) + Send + Sync + 'static) -> Result<Self, Error> {
        blocking(move || Self::start_blocking(&options, Arc::new(progress))).await
    }

    fn start_blocking(options: &Options, progress: Arc<ProgressSink>) -> Result<Self, Error> {
        let workspace = Workspace::load()?;
        // The build takes longest, so it runs in parallel to the other steps.
        let building = {
            let (workspace, profile, progress) = (workspace.clone(), options.profile, Arc::clone(&progress));
            std::thread::spawn(move || build(&workspace, profile, progress))
        };
        let python = step(&*progress, Step::Environment, || environment::prepare(&workspace))?;
        let (engine, deployment, directory) =
            step(&*progress, Step::Engine, || start_engine(&workspace, &python, options))?;
        let binaries = building.join().unwrap_or_else(|_| Err(Error::Build("the build was interrupted".to_owned())))?;

        let deployed = step(&*progress, Step::Deployment, || deployment.deploy(&binaries, &options.parameters))?;
        let endpoint_url = format!("http://127.0.0.1:{}", directory.port);
        let mut description = Description::from_outputs(&endpoint_url, &deployed.outputs)?;
        description.platform_applications = deployed.platform_applications;
        if !options.users.is_empty() {
            description.users = step(&*progress, Step::Users, || {
                create_users(&deployment, &description.api_url, &options.users, options.chats)
            })?;
        }
        write(&description, &directory.description())?;
        Ok(Self {
            engine,
            deployment: Arc::new(deployment),
            directory,
            workspace,
            profile: options.profile,
            description,
            created_users: AtomicUsize::new(0),
            parameters: options.parameters.clone(),
            detached: false,
        })
    }

    /// The content of `stack.json`.
    pub fn description(&self) -> &Description {
        &self.description
    }

    pub fn port(&self) -> u16 {
        self.directory.port
    }

    pub fn description_path(&self) -> PathBuf {
        self.directory.description()
    }

    /// The Python of the engine's environment.
    pub fn python(&self) -> PathBuf {
        environment::python(&self.workspace)
    }

    /// The path of a script in `local/engine`, for this Python.
    pub fn script(&self, name: &str) -> PathBuf {
        environment::scripts(&self.workspace).join(name)
    }

    /// Follows the functions' logs from the beginning.
    pub fn logs(&self) -> Logs {
        Logs::follow(self.directory.function_log())
    }

    /// Follows the pushes to phones from the beginning.
    pub fn pushes(&self) -> Pushes {
        Pushes::follow(self.directory.push_log())
    }

    /// Creates more users with unique emails and passwords, and logs each in once.
    pub async fn create_users(&self, count: usize) -> Result<Vec<DemoUser>, Error> {
        let first = self.created_users.fetch_add(count, Ordering::Relaxed) + 1;
        let users: Vec<_> = (first..first + count)
            .map(|number| NewUser {
                email: format!("user-{number}@example.com"),
                password: format!("Password-{number:05}"),
                name: None,
            })
            .collect();
        let (deployment, api_url) = (Arc::clone(&self.deployment), self.description.api_url.clone());
        blocking(move || create_users(&deployment, &api_url, &users, false)).await
    }

    /// Returns temporary credentials of a function's role. `function` is its folder under `functions/`.
    pub async fn function_credentials(&self, function: &str) -> Result<Credentials, Error> {
        let (deployment, function) = (Arc::clone(&self.deployment), function.to_owned());
        blocking(move || deployment.credentials(&function)).await
    }

    /// Returns the environment variables of a function. Unlike `stack.json`, they contain the secrets of the user
    /// pool's clients.
    pub async fn function_variables(&self, function: &str) -> Result<BTreeMap<String, String>, Error> {
        let (deployment, function) = (Arc::clone(&self.deployment), function.to_owned());
        blocking(move || deployment.variables(&function)).await
    }

    /// Returns temporary credentials of a role with exactly these policies of `docs/operators/`, such as `read`.
    pub async fn operator_credentials(&self, policies: &[&str]) -> Result<Credentials, Error> {
        let deployment = Arc::clone(&self.deployment);
        let folder = self.workspace.root.join("docs/operators");
        let policies: Vec<_> = policies.iter().map(|policy| folder.join(format!("{policy}.json"))).collect();
        blocking(move || deployment.operator(&policies)).await
    }

    /// Builds and deploys the changes. If it fails, the old code keeps running.
    pub fn reload(&self, changes: Changes) -> impl Future<Output = Result<Reload, Error>> + use<> {
        let (deployment, profile) = (Arc::clone(&self.deployment), self.profile);
        let parameters = self.parameters.clone();
        blocking(move || {
            let started = Instant::now();
            // Loads the workspace again, since a change may add a function.
            let binaries = functions::build(&Workspace::load()?, profile, |_| {})?;
            let (functions, template) = if changes.template {
                let deployed = deployment.deploy(&binaries, &parameters)?;
                (deployed.functions, deployed.changed)
            } else {
                (deployment.update(&binaries)?, false)
            };
            Ok(Reload { functions, template, duration: started.elapsed() })
        })
    }

    /// Writes `target/local/stack.json`, by which clients find the newest stack.
    pub fn write_newest_description(&self) -> Result<PathBuf, Error> {
        let path = self.directory.newest_description();
        write(&self.description, &path)?;
        Ok(path)
    }

    /// Keeps the stack running after this process, until [`stop_detached`](crate::stop_detached).
    pub fn detach(mut self) -> Result<(), Error> {
        self.engine.check()?;
        self.engine.detach(&self.directory)?;
        self.detached = true;
        Ok(())
    }

    /// Fails if the engine has ended. The error has the last lines of its log.
    pub fn check(&mut self) -> Result<(), Error> {
        self.engine.check()
    }

    /// The process group of the engine, which ends with it.
    pub(crate) fn process_group(&self) -> u32 {
        self.engine.process_group()
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.detached {
            return;
        }
        self.engine.stop();
        self.directory.remove_newest_description();
        // Removes the binaries, which are large. The logs stay until the next stack starts.
        let _ = fs::remove_dir_all(self.directory.temporary());
    }
}

fn build(workspace: &Workspace, profile: Profile, progress: Arc<ProgressSink>) -> Result<Binaries, Error> {
    let on_progress = {
        let progress = Arc::clone(&progress);
        move |done| progress(Progress::Advanced(Step::Build, done))
    };
    step(&*progress, Step::Build, || functions::build(workspace, profile, on_progress))
}

/// Starts the engine and waits until it answers.
fn start_engine(
    workspace: &Workspace,
    python: &Path,
    options: &Options,
) -> Result<(Engine, Deployment, Directory), Error> {
    let (directory, log) = Directory::claim(workspace, options.port)?;
    let mut engine = Engine::start(workspace, python, &directory, log, &options.engine)?;
    let deployment = Deployment::start(workspace, python, &directory)?;
    let answered = deployment.wait_for_engine(ENGINE_SECONDS);
    // First, since the engine's log explains more than a missing answer.
    engine.check()?;
    answered?;
    Ok((engine, deployment, directory))
}

fn create_users(
    deployment: &Deployment,
    api_url: &str,
    users: &[NewUser],
    chats: bool,
) -> Result<Vec<DemoUser>, Error> {
    let ids = deployment.create_users(api_url, users, chats)?;
    Ok(users.iter().zip(ids).map(|(user, id)| user.created(id)).collect())
}

fn write(description: &Description, path: &Path) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(description).map_err(std::io::Error::from).context("write", path)?;
    // Renamed when it is complete, so that no client reads half of it.
    let partial = path.with_extension("partial");
    fs::write(&partial, json + "\n").and_then(|()| fs::rename(&partial, path)).context("write", path)
}

/// Runs blocking work on a thread for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let interrupted = |error| Err(Error::Deployment(format!("the command was interrupted: {error}")));
    spawn_blocking(work).await.unwrap_or_else(interrupted)
}
