// The first screen: what is typed appears in the drawn browser at once. Without
// this file the form comes back with the name put in by the server.

const form = document.querySelector("[data-preview]");
const browser = document.querySelector(".browser");
const name = browser.querySelector("[data-name]");
const domain = browser.querySelector("[data-domain]");
const suffix = { sekolah: ".sch.id", berita: ".id", company: ".co.id" };

// As many words of a name as fit into the example of a domain.
function label(text) {
  const plain = text.normalize("NFKD").toLowerCase().replace(/[\p{Mn}'’]/gu, "");
  let joined = "";
  for (const word of plain.match(/[a-z0-9]+/g) ?? []) {
    if (word === "dan") continue;
    if (joined && joined.length + word.length > 24) break;
    joined += word;
  }
  return joined.slice(0, 24);
}

function show() {
  const kind = form.elements.jenis.value;
  const example = form.querySelector("[name=jenis]:checked").dataset.example;
  const typed = form.elements.nama.value.trim();
  form.elements.nama.placeholder = example;
  browser.dataset.kind = kind;
  name.textContent = typed || example;
  domain.textContent = (label(typed || example) || "namaanda") + suffix[kind];
}

form.addEventListener("input", show);
addEventListener("pageshow", show); // browsers put back what was typed
show();
