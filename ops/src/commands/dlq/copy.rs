//! The file with dropped letters. It holds what people wrote, and `paloma dlq restore` enqueues what it says: so nobody
//! else may read it, write to it, or have put a link in its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use paloma_printable::Printable;

use super::kept::Kept;

/// Why a copy could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something has this name, perhaps a link that leads elsewhere.
    #[error("it exists already: name a new file with --copy")]
    Exists,
    /// A link, which may lead anywhere.
    #[error("it is a symbolic link: name the file itself")]
    Link,
    /// A folder, a pipe or a device.
    #[error("it is not a file")]
    NotAFile,
    /// Others could have written letters of their own.
    #[error("everybody may write to it, so its letters may be forged: look at it, then `chmod 600` it")]
    Writable,
    /// Others could replace the file.
    #[error("everybody may replace files in {}: name a file in a folder of your own", .0.display())]
    OpenFolder(PathBuf),
    /// Any other refusal of the operating system.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A copy that is being written.
#[derive(Debug)]
pub struct Copy(File);

impl Copy {
    /// Creates the file, for its owner alone. What already has its name stays as it is, a link too.
    ///
    /// # Errors
    /// When something has its name, when others could replace it, or when the operating system refuses.
    pub fn create(path: &Path) -> Result<Self, CopyError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        refuse_open(folder)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CopyError::Exists,
            _ => error.into(),
        })?;
        // A new name is on the disk only when its folder is.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(Self(file))
    }

    /// Writes letters, a line of JSON each, and waits until they are on the disk.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn keep(&mut self, dead_letters: impl Iterator<Item = Kept>) -> io::Result<()> {
        for dead_letter in dead_letters {
            // `cat` prints it as it is.
            writeln!(self.0, "{}", Printable::json_line(&dead_letter)?)?;
        }
        self.0.sync_data()
    }
}

/// Reads a copy.
///
/// # Errors
/// When it is a link or no file, when everybody may write to it, or when it does not read as UTF-8.
pub fn read(path: &Path) -> Result<String, CopyError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        // Without waiting for a pipe's other end.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let mut file = options.open(path).map_err(|error| match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => CopyError::Link,
        _ => error.into(),
    })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(CopyError::NotAFile);
    }
    if is_open_to_all(&found) {
        return Err(CopyError::Writable);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Refuses a folder in or above which everybody may rename files. A sticky folder such as `/tmp` keeps each owner's own.
/// A group that may write is trusted: many systems give each user one of their own.
fn refuse_open(folder: &Path) -> Result<(), CopyError> {
    for folder in fs::canonicalize(folder)?.ancestors() {
        if is_open_to_all(&fs::metadata(folder)?) {
            return Err(CopyError::OpenFolder(folder.to_owned()));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_open_to_all(found: &fs::Metadata) -> bool {
    const STICKY: u32 = 0o1000;
    let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions());
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

    /// A folder of its own, removed at the end.
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
    fn a_copy_is_new_and_for_its_owner_alone() {
        let folder = Folder::new("new");
        let path = folder.path("copy");
        Copy::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Copy::create(&path), Err(CopyError::Exists)), "an older copy stays as it is");
        assert_eq!(read(&path).unwrap(), "");
    }

    #[test]
    fn a_link_is_neither_written_nor_read_through() {
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
    fn a_copy_that_others_could_forge_is_refused() {
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
        let refused = Copy::create(&inside.join("copy")).unwrap_err();
        assert!(matches!(&refused, CopyError::OpenFolder(open) if *open == fs::canonicalize(&folder.0).unwrap()));
        mode(&folder.0, 0o1777);
        Copy::create(&inside.join("copy")).unwrap();
    }
}
