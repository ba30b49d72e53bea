//! How does a run talk: colours, the form of messages, reports in files?

use std::path::PathBuf;

use clap::{Args, ColorChoice, ValueEnum};
use graphwright::report::Format;

/// How a run talks.
#[derive(Debug, Clone, Args)]
pub(super) struct Messages {
    /// When to use colours: auto, always or never; NO_COLOR turns auto off
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Messages"
    )]
    pub(super) color: ColorChoice,
    /// The form of messages: text, json (one object a line), sarif, github, gitlab or junit
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true,
        help_heading = "Messages"
    )]
    pub(super) message_format: MessageFormat,
    /// Also write the messages to a file, whatever they are; may be given again
    #[arg(
        long,
        global = true,
        value_name = "FORMAT=FILE",
        value_parser = report_file,
        help_heading = "Messages"
    )]
    pub(super) report: Vec<ReportFile>,
    /// Print errors only: no warnings, notes, summaries or progress
    #[arg(short, long, global = true, help_heading = "Messages")]
    pub(super) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MessageFormat {
    Text,
    Json,
    Sarif,
    Github,
    Gitlab,
    Junit,
}

impl MessageFormat {
    /// Whether it can only be written when all is known.
    pub(super) fn is_later(self) -> bool {
        !matches!(self, Self::Text | Self::Json)
    }
}

impl From<MessageFormat> for Format {
    fn from(format: MessageFormat) -> Self {
        match format {
            MessageFormat::Text => Self::Text,
            MessageFormat::Json => Self::Json,
            MessageFormat::Sarif => Self::Sarif,
            MessageFormat::Github => Self::Github,
            MessageFormat::Gitlab => Self::Gitlab,
            MessageFormat::Junit => Self::Junit,
        }
    }
}

/// A file that a run writes its messages to.
#[derive(Debug, Clone)]
pub(super) struct ReportFile {
    pub(super) format: MessageFormat,
    pub(super) path: PathBuf,
}

/// Reads `sarif=graphwright.sarif`.
fn report_file(text: &str) -> Result<ReportFile, String> {
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("a format and a file are needed, such as sarif=graphwright.sarif")?;
    let format = MessageFormat::from_str(format, false).map_err(|_| {
        format!("`{format}` is no format: text, json, sarif, github, gitlab and junit are")
    })?;
    Ok(ReportFile {
        format,
        path: path.into(),
    })
}
