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

// Projects and invoices of the client: when one changes, the page shows it,
// unless somebody is typing.
const live = document.querySelector("[data-live]");
if (live) {
  const busy = () => document.activeElement?.closest("form") || document.querySelector("details[open] form");
  let first = true;
  for (const topic of live.dataset.live.split(" ")) {
    listen(topic, async () => {
      if (first) { first = false; return; }
      if (!busy()) await refresh().catch(() => {});
    });
  }
}
