//! The file with dropped dead letters. It has the content of messages, and `paloma dlq restore` enqueues its jobs. So
//! no other user of the machine may read it, write to it, or put a link in its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use paloma_printable::Printable;

use super::dropped_dead_letter::DroppedDeadLetter;

/// Why a copy cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A file or a link has this name.
    #[error("it exists already: name a new file with --copy")]
    Exists,
    #[error("it is a symbolic link: name the file itself")]
    Link,
    /// A folder, a pipe or a device.
    #[error("it is not a file: name the file that `paloma dlq drop` wrote")]
    NotAFile,
    /// Other users of the machine could have added jobs.
    #[error("all users of this machine may write to it, so its jobs may be forged: check it, then `chmod 600` it")]
    Writable,
    /// Other users of the machine could replace the file.
    #[error("all users of this machine may replace files in {}: name a file in a folder of your own", .0.display())]
    OpenFolder(PathBuf),
    /// Any other error of the operating system.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A copy that is being written.
#[derive(Debug)]
pub struct Copy(File);

impl Copy {
    /// Creates a new file that only its owner may read and write. It never overwrites a file or a link.
    ///
    /// # Errors
    /// When a file or a link has this name, or when other users could replace the file.
    pub fn create(path: &Path) -> Result<Self, CopyError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        reject_open_folder(folder)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CopyError::Exists,
            _ => error.into(),
        })?;
        // The name of a new file is on the disk only after its folder is synced.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(Self(file))
    }

    /// Writes one line of JSON per dead letter, and waits until they are on the disk.
    pub fn append(&mut self, dead_letters: impl Iterator<Item = DroppedDeadLetter>) -> io::Result<()> {
        for dead_letter in dead_letters {
            // Without control characters, so that `cat` prints it safely.
            writeln!(self.0, "{}", Printable::json_line(&dead_letter)?)?;
        }
        self.0.sync_data()
    }
}

/// Reads a copy.
///
/// # Errors
/// When it is a link or no file, when all users may write to it, or when it is not UTF-8.
pub fn read(path: &Path) -> Result<String, CopyError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        // NONBLOCK: opening a pipe would wait for its writer.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let mut file = options.open(path).map_err(|error| match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => CopyError::Link,
        _ => error.into(),
    })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(CopyError::NotAFile);
    }
    if is_open_to_all(&metadata) {
        return Err(CopyError::Writable);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Rejects a folder if all users may rename files in it or above it. In a sticky folder such as `/tmp`, only the owner
/// of a file may rename it. Groups that may write are trusted: on many systems each user has a group.
fn reject_open_folder(folder: &Path) -> Result<(), CopyError> {
    for folder in fs::canonicalize(folder)?.ancestors() {
        if is_open_to_all(&fs::metadata(folder)?) {
            return Err(CopyError::OpenFolder(folder.to_owned()));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_open_to_all(metadata: &fs::Metadata) -> bool {
    const STICKY: u32 = 0o1000;
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    mode & 0o002 != 0 && mode & STICKY == 0
}

#[cfg(not(unix))]
fn is_open_to_all(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A new folder, removed at the end of the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("paloma-copy-{name}-{}", std::process::id()));
            fs::create_dir(&folder).unwrap();
            Self(folder)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_copy_is_a_new_file_that_only_its_owner_may_read() {
        let folder = Folder::new("new");
        let path = folder.path("copy");
        Copy::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Copy::create(&path), Err(CopyError::Exists)), "an older copy is not overwritten");
        assert_eq!(read(&path).unwrap(), "");
    }

    #[test]
    fn a_link_is_neither_written_nor_read() {
        let folder = Folder::new("link");
        let (victim, link, dangling) = (folder.path("victim"), folder.path("link"), folder.path("dangling"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        symlink(folder.path("not there yet"), &dangling).unwrap();
        for link in [&link, &dangling] {
            assert!(matches!(Copy::create(link), Err(CopyError::Exists)));
            assert!(matches!(read(link), Err(CopyError::Link)));
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert!(!folder.path("not there yet").exists());
    }

    #[test]
    fn a_copy_that_other_users_could_forge_is_rejected() {
        let folder = Folder::new("forged");
        let path = folder.path("copy");
        fs::write(&path, "{}").unwrap();
        mode(&path, 0o666);
        assert!(matches!(read(&path), Err(CopyError::Writable)));
        mode(&path, 0o640);
        assert_eq!(read(&path).unwrap(), "{}");
        assert!(matches!(read(&folder.0), Err(CopyError::NotAFile)));

        let inside = folder.path("inside");
        fs::create_dir(&inside).unwrap();
        mode(&folder.0, 0o777);
        let error = Copy::create(&inside.join("copy")).unwrap_err();
        assert!(matches!(&error, CopyError::OpenFolder(open) if *open == fs::canonicalize(&folder.0).unwrap()));
        mode(&folder.0, 0o1777);
        Copy::create(&inside.join("copy")).unwrap();
    }
}
