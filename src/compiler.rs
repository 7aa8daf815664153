//! The compiler on one screen: the stages, in order.

#[cfg(feature = "cloud-init-schema")]
use crate::context::cloud_init_schema::CloudInitSchema;
use crate::context::config::{Config, Handlers};
use crate::context::foreign;
use crate::context::hiding::hide_faulty;
use crate::context::mounts;
use crate::context::plan::Plan;
use crate::context::secrets::{self, Carried};
use crate::emit;
use crate::error::Error;
use crate::language::date::Date;
use crate::language::diagnostic::{Diagnostic, Report};
use crate::language::document::{Document, Kind, Node};
use crate::language::loader::{Bounded, Loader, NoLoader};
use crate::language::placeholder::Variables;
use crate::language::source::{Source, Span};
use crate::targets::{self, Artifact, Format, Instance, Launched, Medium, Order, Target};
use crate::wire::envelope::Envelope;
use crate::wire::message::Message;
use std::sync::Arc;

/// The options of a compilation. What is set here wins over what the context says.
///
/// ```
/// let source = contextc::Source::new("worker.yaml", "variables: {share: 40}\nlocalfs: {parts: {home: \"{{ share }}\"}}\n");
/// let compiled = contextc::Compiler::new()
///     .target(contextc::target("ec2").unwrap())
///     .variable("share", "60")
///     .compile(&source)?;
/// assert!(compiled.artifact().bytes().len() < 16_384);
/// # Ok::<(), contextc::Error>(())
/// ```
#[derive(Clone)]
pub struct Compiler {
    target: Option<&'static Target>,
    envelope: Option<Envelope>,
    handlers: Option<Handlers>,
    variables: Variables,
    loader: Arc<dyn Loader>,
    today: Option<Date>,
    no_secrets: bool,
    medium: Option<(Medium, Instance)>,
    #[cfg(feature = "cloud-init-schema")]
    cloud_init: Option<CloudInitSchema>,
}

/// User-data, ready to be handed over, and what was noticed on the way.
#[derive(Debug, Clone)]
pub struct Compiled {
    artifact: Artifact,
    target: &'static Target,
    report: Report,
    notes: Vec<String>,
    secrets: Vec<String>,
}

/// A target, and where the context names it.
type Place = (&'static Target, Span);

impl Compiler {
    /// Compiles a context.
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) with the report, where anything is wrong with it.
    pub fn compile(&self, source: &Source) -> Result<Compiled, Error> {
        let mut report = Report::new(source);
        let delivered = self.stages(source, &mut report);
        report.sort();
        match delivered {
            Some((artifact, target, plan)) if !report.has_errors() => {
                // What is sent to a machine alone is no user-data, which many can read.
                let carried = plan.secrets.iter().filter(|_| target.is_user_data());
                let secrets = carried.map(Carried::words).collect();
                Ok(Compiled { artifact, target, report, notes: plan.notes, secrets })
            }
            _ => Err(Error::rejected(report)),
        }
    }

    /// Finds out what is wrong with a context, without handing anything over.
    pub fn check(&self, source: &Source) -> Report {
        let mut report = Report::new(source);
        let values = |root: &Arc<Node>, report: &mut Report| self.judge_values(root, report);
        if !foreign::judge(source, values, &mut report) {
            self.stages(source, &mut report);
        }
        report.sort();
        report
    }

    /// What reading alone finds: keys, kinds, forms and words, and nothing of what values mean together. What the JSON Schema
    /// can say is a part of it.
    #[doc(hidden)]
    pub fn structure(&self, source: &Source) -> Report {
        let mut report = Report::new(source);
        if let Some(document) = Document::parse(source, &mut report) {
            Config::decode(&document, &self.variables, &mut report);
        }
        report.sort();
        report
    }

    /// A stage as text: `document`, `config`, `plan` or `message`. The first two show no secret; the others are the artefact in other words.
    #[doc(hidden)]
    pub fn emit(&self, source: &Source, stage: &str) -> Result<Vec<u8>, Error> {
        let mut report = Report::new(source);
        let text = match stage {
            "document" => self.document(source, &mut report),
            "config" => {
                let config = self.plan(source, &mut report).map(|(_, config, _)| emit::config(&config));
                config.map(|text| report.cleaned(text).into_bytes())
            }
            "plan" => {
                self.plan(source, &mut report).map(|(plan, ..)| format!("{:#}\n", emit::plan(&plan)).into_bytes())
            }
            _ => self.plan(source, &mut report).map(|(plan, ..)| Message::encode(&plan).bytes),
        };
        report.sort();
        text.ok_or_else(|| Error::rejected(report))
    }

    /// What is a secret in it is known when it has been decoded.
    fn document(&self, source: &Source, report: &mut Report) -> Option<Vec<u8>> {
        let document = Document::parse(source, report)?;
        let mut decoded = Report::new(source);
        Config::decode(&document, &self.variables, &mut decoded);
        Some(decoded.cleaned(format!("{:#}\n", emit::document(&document.root))).into_bytes())
    }

    fn stages(&self, source: &Source, report: &mut Report) -> Option<(Artifact, &'static Target, Plan)> {
        let (plan, _, (target, place)) = self.plan(source, report)?;
        let message = Message::encode(&plan);
        let artifact = target.deliver(&message, &plan, self.envelope, place, report)?;
        let artifact = match &self.medium {
            Some((medium, instance)) => target.pack(artifact, *medium, instance, place, report)?,
            None => artifact,
        };
        Some((artifact, target, plan))
    }

    /// Text to parts. Stops where what follows would only repeat a fault in other words.
    fn plan(&self, source: &Source, report: &mut Report) -> Option<(Plan, Config, Place)> {
        if foreign::refuse(source, report) {
            return None;
        }
        let document = Document::parse(source, report);
        hide_faulty(document.as_ref(), report);
        let document = document?;
        let config = Config::decode(&document, &self.variables, report);
        let passed = Arc::new(Node::new(Span::default(), None, Kind::Mapping(config.cloud_config.clone())));
        self.values(&passed, false).into_iter().for_each(|fault| report.push(fault));
        config.check(report);
        mounts::check(&config, report);
        let handlers = self.handlers.clone().or_else(|| config.handlers.clone()).unwrap_or_default();
        let plan = Plan::new(&config, &handlers, &Bounded::new(&*self.loader), self.today, report);
        let place = self.target_of(&config, report)?;
        if self.no_secrets && place.0.is_user_data() {
            secrets::refuse(&plan.secrets, report);
        }
        (!report.has_errors()).then_some((plan, config, place))
    }

    /// The target that was asked for, whatever a context says.
    pub(crate) fn asked_target(&self) -> Option<&'static Target> {
        self.target
    }

    /// What cloud-init's schema, if one was given, has to say of the values of a cloud-config whose keys were judged.
    pub(crate) fn judge_values(&self, root: &Arc<Node>, report: &mut Report) {
        self.values(root, true).into_iter().for_each(|fault| report.push(fault));
    }

    /// Whether values of cloud-config are held against cloud-init's schema.
    pub(crate) fn judges_values(&self) -> bool {
        #[cfg(feature = "cloud-init-schema")]
        return self.cloud_init.is_some();
        #[cfg(not(feature = "cloud-init-schema"))]
        false
    }

    /// What cloud-init's schema has to say of values of cloud-config. `keys_are_judged`: by others.
    fn values(&self, root: &Arc<Node>, keys_are_judged: bool) -> Vec<Diagnostic> {
        #[cfg(feature = "cloud-init-schema")]
        if let Some(schema) = &self.cloud_init {
            return schema.judge(root, keys_are_judged);
        }
        let _ = (root, keys_are_judged);
        Vec::new()
    }

    fn target_of(&self, config: &Config, report: &mut Report) -> Option<Place> {
        let place = config.target.as_ref().map_or_else(Span::default, |(_, node)| node.span);
        let named =
            config.target.as_ref().map(|(name, _)| targets::target(name).ok_or_else(|| targets::unknown(name, place)));
        match named.unwrap_or(Ok(targets::DEFAULT)) {
            // What is wrong with an option is nowhere in the context.
            Ok(target) => Some(self.target.map_or((target, place), |asked| (asked, Span::default()))),
            Err(fault) => {
                report.push(fault);
                None
            }
        }
    }
}

impl Default for Compiler {
    fn default() -> Self {
        let loader = Arc::new(NoLoader);
        Self {
            target: None,
            envelope: None,
            handlers: None,
            variables: Variables::new(),
            loader,
            today: None,
            no_secrets: false,
            medium: None,
            #[cfg(feature = "cloud-init-schema")]
            cloud_init: None,
        }
    }
}

impl Compiler {
    /// A compiler that follows the context in everything, and reads no files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the machine is launched.
    pub fn target(mut self, target: &'static Target) -> Self {
        self.target = Some(target);
        self
    }

    /// The outer encoding, instead of the target's first that fits.
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = Some(envelope);
        self
    }

    /// Puts the user-data on a medium, with what the machine is told of itself.
    pub fn medium(mut self, medium: Medium, instance: Instance) -> Self {
        self.medium = Some((medium, instance));
        self
    }

    /// Where the machine gets the handlers from.
    pub fn handlers(mut self, handlers: Handlers) -> Self {
        self.handlers = Some(handlers);
        self
    }

    /// The value of a variable that the context declares.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Secrets in the user-data are errors: every process of the machine can usually read it.
    ///
    /// ```
    /// let source = contextc::Source::new("node.yaml", "password: hunter2hunter2\n");
    /// assert_eq!(contextc::Compiler::new().compile(&source)?.secrets(), ["password of cloud-config"]);
    /// assert!(contextc::Compiler::new().deny_secrets().compile(&source).is_err());
    /// # Ok::<(), contextc::Error>(())
    /// ```
    pub fn deny_secrets(mut self) -> Self {
        self.no_secrets = true;
        self
    }

    /// What gives what a context names: files, variables of the environment, what commands write.
    pub fn loader(mut self, loader: impl Loader + 'static) -> Self {
        self.loader = Arc::new(loader);
        self
    }

    /// cloud-init's own schema, against which the values of its keys are held.
    #[cfg(feature = "cloud-init-schema")]
    pub fn cloud_init_schema(mut self, schema: CloudInitSchema) -> Self {
        self.cloud_init = Some(schema);
        self
    }

    /// The day on which the machine is to be made. Without it nothing is said of certificates that have expired.
    pub fn today(mut self, today: Date) -> Self {
        self.today = Some(today);
        self
    }
}

impl Compiled {
    /// What is handed to the cloud.
    pub fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// The target it was made for.
    pub fn target(&self) -> &'static Target {
        self.target
    }

    /// How machines are launched with it: command lines, or a file for an engine. Nothing is run.
    ///
    /// # Errors
    /// [`ErrorKind::NotLaunched`](crate::ErrorKind::NotLaunched), where the target has no such format, or its tool cannot
    /// carry a value.
    pub fn launch(&self, order: &Order, format: Format) -> Result<Launched, Error> {
        self.target.launch(&self.artifact, order, format)
    }

    /// Warnings.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The secrets that travel in the user-data, in words, in the order in which the context has them: `key of munge`. What
    /// scripts and files hold is not known.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// What to keep from the result, a line each: for instance the line of known_hosts(5) that the machine's first login is
    /// verified with. Never a secret.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
