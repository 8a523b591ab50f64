// Follow the system's light or dark setting before the first paint; a remembered choice comes from the server.
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const followSystem = () => {
  document.documentElement.dataset.bsTheme = prefersDark.matches ? "dark" : "light";
};
followSystem();
prefersDark.addEventListener("change", followSystem);
