// The portal beyond HTML: printing, shutting the vault again, and pages that
// follow what happens. Everything works without it.
import { listen, refresh } from "./live.js";

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-action=print]")) print();
});

// A shown login is hidden again, and a reload must not ask for it anew.
const vault = document.querySelector("[data-vault]");
if (vault) {
  history.replaceState(null, "", vault.dataset.vault);
  setTimeout(() => location.replace(vault.dataset.vault), 30_000);
}

// When what the page is about changes, the page shows it, unless somebody is
// typing. Without a stream it looks again now and then.
const live = document.querySelector("[data-live]");
if (live) {
  const busy = () => document.activeElement?.closest("form") || document.querySelector("details[open] form");
  const update = () => { if (!busy()) refresh().catch(() => {}); };
  let streaming = false;
  let first = true;
  listen(live.dataset.live.split(" "), () => {
    if (!first) update(); // the page was made just before the first connection
    first = false;
  }, (up) => { streaming = up; });
  setInterval(() => { if (!streaming && !document.hidden) update(); }, 30_000);
  addEventListener("online", update);
}
