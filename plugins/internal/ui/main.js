// Puts JasaWeb's links and pages into PocketBase's dashboard. `pages` is a list
// of {name, path, icon, label} that the server writes above this line.
//
// The dashboard runs this before and after login, waits for none of its
// promises, and joins it with other extensions into one script. So it registers
// synchronously, loads each page only when it is opened, and lets no fault out.
try {
    const base = app.pb.buildURL("/_/extensions/jasaweb");

    // A page is a module with `export function page(route)`, which returns an element.
    const open = (page) => async (route) => {
        try {
            const module = await import(`${base}/${page.name}/page.js`);
            return await module.page(route);
        } catch (err) {
            console.error(`jasaweb: page ${page.name}:`, err);
            app.toasts.error(`The page "${page.label}" could not be loaded.`);
            return t.div({ className: "page" }, t.div({ className: "page-content" }, "This page could not be loaded."));
        }
    };

    // after "Collections", in the order of the plugins
    const links = pages.map(({ path, icon, label }) => ({ href: path, icon, label }));
    app.store.headerLinks.splice(1, 0, ...links);
    app.store.headerLinks.push({ href: "/", icon: "ri-external-link-line", label: "Website" });

    for (const page of pages) {
        app.routes.superuserOnly(page.path, open(page));
    }
} catch (err) {
    console.error("jasaweb: the dashboard goes without our pages:", err);
}
