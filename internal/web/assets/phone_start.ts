// Runs before the first paint of the phone page: language and theme are the
// phone's own, since the shell that it keeps is older than the last choice.
import { follow } from "./theme";

const html = document.documentElement;

try {
  const theme = localStorage.getItem("quid-theme");
  const lang = localStorage.getItem("quid-lang");
  if (theme) {
    html.dataset["theme"] = theme;
    html.classList.toggle("dark", theme === "dark");
    follow();
  }
  if (lang) html.lang = lang;
  else localStorage.setItem("quid-lang", html.lang);
} catch {
  // A browser that keeps nothing shows what the server said.
}
