//! A stack, from nothing to running.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use crate::deployment::{Credentials, Deployment};
use crate::description::{DemoUser, Description};
use crate::directory::{Directory, Port};
use crate::engine::Engine;
use crate::environment;
use crate::error::{Doing, Error};
use crate::functions::{self, Binaries, Profile};
use crate::logs::Logs;
use crate::progress::{Progress, Step};
use crate::pushes::Pushes;
use crate::watch::Changes;
use crate::workspace::Workspace;

/// How many seconds the engine may take to answer for the first time.
const ENGINE_SECONDS: u32 = 60;

/// How a stack is to be started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the engine listens, on 127.0.0.1.
    pub port: Port,
    /// How the functions are compiled.
    pub profile: Profile,
    /// Users to make: email and password (10 characters, with upper and lower case and a digit).
    pub users: Vec<(String, String)>,
    /// Parameters of the template, by name, where they are to differ from its defaults.
    pub parameters: BTreeMap<String, String>,
}

impl Default for Options {
    /// On any free port, with no users.
    fn default() -> Self {
        Self { port: Port::Any, profile: Profile::Dev, users: Vec::new(), parameters: BTreeMap::new() }
    }
}

/// Paloma, running on this machine: `template.yaml` and the functions, deployed to an engine of its own.
///
/// The engine and everything it runs ends when this is dropped, and also when this process dies in whatever way.
/// The methods may be called from any tokio runtime, not only the one that started it.
#[derive(Debug)]
pub struct Stack {
    engine: Engine,
    deployment: Arc<Deployment>,
    directory: Directory,
    workspace: Workspace,
    profile: Profile,
    description: Description,
    made_users: AtomicUsize,
    parameters: BTreeMap<String, String>,
    detached: bool,
}

/// What a change of the sources came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reload {
    /// The functions that have new code.
    pub functions: Vec<String>,
    /// Whether CloudFormation changed anything.
    pub template: bool,
    /// From the change to its being live.
    pub took: Duration,
}

impl Stack {
    /// Builds the functions, starts an engine, deploys, makes the users, and writes `stack.json`.
    ///
    /// # Errors
    /// Whatever keeps the stack from running; see [`Error`]. Nothing is left running then.
    pub async fn start(options: Options, progress: impl Fn(Progress) + Send + Sync + 'static) -> Result<Self, Error> {
        blocking(move || Self::start_blocking(&options, Arc::new(progress))).await
    }

    fn start_blocking(options: &Options, progress: Arc<Telling>) -> Result<Self, Error> {
        let workspace = Workspace::load()?;
        // Compiling takes longest, so everything else goes on beside it.
        let building = {
            let (workspace, profile, progress) = (workspace.clone(), options.profile, Arc::clone(&progress));
            std::thread::spawn(move || build(&workspace, profile, progress))
        };
        let python = step(&*progress, Step::Environment, || environment::prepare(&workspace))?;
        let (engine, deployment, directory) =
            step(&*progress, Step::Engine, || start_engine(&workspace, &python, options.port))?;
        let binaries = building.join().unwrap_or_else(|_| Err(Error::Build("the build was interrupted".to_owned())))?;

        let deployed = step(&*progress, Step::Deployment, || deployment.deploy(&binaries, &options.parameters))?;
        let endpoint_url = format!("http://127.0.0.1:{}", directory.port);
        let mut description = Description::from_outputs(&endpoint_url, &deployed.outputs)?;
        description.platform_applications = deployed.platform_applications;
        if !options.users.is_empty() {
            description.users =
                step(&*progress, Step::Users, || make_users(&deployment, &description.api_url, &options.users))?;
        }
        write(&description, &directory.description())?;
        Ok(Self {
            engine,
            deployment: Arc::new(deployment),
            directory,
            workspace,
            profile: options.profile,
            description,
            made_users: AtomicUsize::new(0),
            parameters: options.parameters.clone(),
            detached: false,
        })
    }

    /// Where everything is: the content of `stack.json`.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The engine's port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.directory.port
    }

    /// The `stack.json` of this stack.
    pub fn description_path(&self) -> PathBuf {
        self.directory.description()
    }

    /// The Python that has the engine and its libraries.
    pub fn python(&self) -> PathBuf {
        environment::python(&self.workspace)
    }

    /// One of the scripts that go with the engine, to be run by that Python.
    pub fn script(&self, name: &str) -> PathBuf {
        environment::scripts(&self.workspace).join(name)
    }

    /// Follows what the functions log, from the beginning.
    pub fn logs(&self) -> Logs {
        Logs::follow(self.directory.function_log())
    }

    /// Follows what is pushed to phones, from the beginning.
    pub fn pushes(&self) -> Pushes {
        Pushes::follow(self.directory.push_log())
    }

    /// Makes that many more users, with emails and passwords of their own, who have each logged in once.
    ///
    /// # Errors
    /// If the engine or `POST /auth/login` refuses.
    pub async fn create_users(&self, count: usize) -> Result<Vec<DemoUser>, Error> {
        let first = self.made_users.fetch_add(count, Ordering::Relaxed) + 1;
        let users: Vec<_> = (first..first + count)
            .map(|number| (format!("user-{number}@example.com"), format!("Password-{number:05}")))
            .collect();
        let (deployment, api_url) = (Arc::clone(&self.deployment), self.description.api_url.clone());
        blocking(move || make_users(&deployment, &api_url, &users)).await
    }

    /// Temporary credentials of the role of a function, named by its folder under `functions/`.
    ///
    /// # Errors
    /// If there is no such function.
    pub async fn function_credentials(&self, function: &str) -> Result<Credentials, Error> {
        let (deployment, function) = (Arc::clone(&self.deployment), function.to_owned());
        blocking(move || deployment.credentials(&function)).await
    }

    /// The environment variables of a function, named by its folder under `functions/`. `stack.json` has no secrets; the
    /// secrets of the user pool's clients are among these.
    ///
    /// # Errors
    /// If there is no such function.
    pub async fn function_variables(&self, function: &str) -> Result<BTreeMap<String, String>, Error> {
        let (deployment, function) = (Arc::clone(&self.deployment), function.to_owned());
        blocking(move || deployment.variables(&function)).await
    }

    /// Temporary credentials of an operator who may do what these policies of `docs/operators/` say, such as `read`,
    /// and nothing else.
    ///
    /// # Errors
    /// If one of the files is not there, or is no policy.
    pub async fn operator_credentials(&self, policies: &[&str]) -> Result<Credentials, Error> {
        let deployment = Arc::clone(&self.deployment);
        let folder = self.workspace.root.join("docs/operators");
        let policies: Vec<_> = policies.iter().map(|policy| folder.join(format!("{policy}.json"))).collect();
        blocking(move || deployment.operator(&policies)).await
    }

    /// Builds and deploys what has changed. What was running goes on if it fails.
    ///
    /// # Errors
    /// If the functions do not compile, or the template cannot be deployed.
    pub fn reload(&self, changes: Changes) -> impl Future<Output = Result<Reload, Error>> + use<> {
        let (deployment, profile) = (Arc::clone(&self.deployment), self.profile);
        let parameters = self.parameters.clone();
        blocking(move || {
            let started = Instant::now();
            // There may be functions that were not there before.
            let binaries = functions::build(&Workspace::load()?, profile, |_| {})?;
            let (functions, template) = if changes.template {
                let deployed = deployment.deploy(&binaries, &parameters)?;
                (deployed.functions, deployed.changed)
            } else {
                (deployment.update(&binaries)?, false)
            };
            Ok(Reload { functions, template, took: started.elapsed() })
        })
    }

    /// Makes this the stack that `target/local/stack.json` describes, for clients that look for one there.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn announce(&self) -> Result<PathBuf, Error> {
        let path = self.directory.announcement();
        write(&self.description, &path)?;
        Ok(path)
    }

    /// Lets the stack run on when this process has ended, until [`stop_detached`](crate::stop_detached).
    ///
    /// # Errors
    /// If the engine has ended already.
    pub fn detach(mut self) -> Result<(), Error> {
        self.engine.check()?;
        self.engine.detach(&self.directory)?;
        self.detached = true;
        Ok(())
    }

    /// Fails if the engine has ended.
    ///
    /// # Errors
    /// With the engine's last words.
    pub fn check(&mut self) -> Result<(), Error> {
        self.engine.check()
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
        self.directory.withdraw();
        // The binaries are large; the logs stay until the next stack is started.
        let _ = fs::remove_dir_all(self.directory.temporary());
    }
}

type Telling = dyn Fn(Progress) + Send + Sync;

/// Runs a step, and tells how long it took.
fn step<T>(progress: &Telling, step: Step, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let started = Instant::now();
    progress(Progress::Started(step));
    let done = run()?;
    progress(Progress::Finished(step, started.elapsed()));
    Ok(done)
}

fn build(workspace: &Workspace, profile: Profile, progress: Arc<Telling>) -> Result<Binaries, Error> {
    let at = {
        let progress = Arc::clone(&progress);
        move |done| progress(Progress::At(Step::Build, done))
    };
    step(&*progress, Step::Build, || functions::build(workspace, profile, at))
}

/// Starts the engine and waits until it answers.
fn start_engine(workspace: &Workspace, python: &Path, port: Port) -> Result<(Engine, Deployment, Directory), Error> {
    let (directory, log) = Directory::claim(workspace, port)?;
    let mut engine = Engine::start(workspace, python, &directory, log)?;
    let deployment = Deployment::start(workspace, python, &directory)?;
    let answered = deployment.wait_for_engine(ENGINE_SECONDS);
    // Its own last words say more than that it did not answer.
    engine.check()?;
    answered?;
    Ok((engine, deployment, directory))
}

fn make_users(deployment: &Deployment, api_url: &str, users: &[(String, String)]) -> Result<Vec<DemoUser>, Error> {
    let ids = deployment.make_users(api_url, users)?;
    let user = |((email, password), user_id): (&(String, String), String)| DemoUser {
        email: email.clone(),
        password: password.clone(),
        user_id,
    };
    Ok(users.iter().zip(ids).map(user).collect())
}

fn write(description: &Description, path: &Path) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(description).map_err(std::io::Error::from).doing("write", path)?;
    // Renamed when whole, so that nobody reads half of it.
    let partial = path.with_extension("partial");
    fs::write(&partial, json + "\n").and_then(|()| fs::rename(&partial, path)).doing("write", path)
}

/// Runs what waits for processes on a thread where it may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::Deployment(format!("it was interrupted: {error}"))))
}
