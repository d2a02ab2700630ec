// Shows how much example data there is and removes it.
const numbers = new Intl.NumberFormat("id-ID");

export function page() {
    app.store.title = "Data contoh";
    const data = store({ loading: true, removing: false, total: 0, rows: {}, kept: [] });

    async function load() {
        data.loading = true;
        try {
            const stock = await app.pb.send("/api/admin/demo", { requestKey: "demo" });
            data.total = stock.total;
            data.rows = stock.rows;
        } catch (err) {
            if (!err?.isAbort) app.checkApiError(err);
        }
        data.loading = false;
    }

    async function remove() {
        data.removing = true;
        try {
            const done = await app.pb.send("/api/admin/demo", { method: "DELETE" });
            data.kept = done.kept;
            app.toasts.success("Data contoh sudah dihapus.");
            await load();
        } catch (err) {
            app.checkApiError(err);
        }
        data.removing = false;
    }

    function ask() {
        app.modals.confirm(
            "Hapus semua data contoh? Akun contoh (juga admin contoh) ikut hilang. Data Anda sendiri tidak disentuh. Tindakan ini tidak bisa dibatalkan.",
            remove,
        );
    }

    return t.div({ pbEvent: "pageDemo", className: "page", onmount: load },
        t.div({ className: "page-content" },
            t.header({ className: "page-header" },
                t.nav({ className: "breadcrumbs" }, t.div(null, "Data contoh")),
                app.components.refreshButton({ onclick: load })),
            () => data.loading && !data.total ? t.span({ className: "loader lg" }) : body(data, ask)));
}

function body(data, ask) {
    const kept = data.kept.map((k) => t.li(null, `${k.collection}: ${k.name}`));
    return t.div(null,
        data.total == 0
            ? t.p(null, "Tidak ada data contoh. Untuk memuatnya, jalankan: jasaweb demo")
            : t.div(null,
                t.p(null, `Ada ${numbers.format(data.total)} baris data contoh. Semuanya bertanda “demo” dan bisa dihapus sekaligus.`),
                t.ul(null, ...Object.entries(data.rows).map(([name, n]) => t.li(null, `${name}: ${numbers.format(n)}`))),
                t.button({ type: "button", className: () => `btn danger ${data.removing ? "loading" : ""}`, disabled: () => data.removing, onclick: ask },
                    t.span({ className: "txt" }, "Hapus data contoh"))),
        kept.length
            ? t.div(null, t.p(null, "Dipertahankan karena dipakai proyek sungguhan, dan sekarang menjadi milik Anda:"), t.ul(null, ...kept))
            : null);
}
