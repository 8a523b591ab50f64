// Follow the system's light or dark setting before the first paint; a remembered choice comes from the server.
if (window.matchMedia("(prefers-color-scheme: dark)").matches) {
  document.documentElement.dataset.bsTheme = "dark";
}
