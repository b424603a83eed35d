// Sets the chosen theme before the first paint: a script of its own, since the security policy forbids inline scripts.
try {
  const theme = localStorage.getItem('paloma.theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage, the system's theme applies.
}
