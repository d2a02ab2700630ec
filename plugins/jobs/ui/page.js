// Shows the queue of background work, and puts what has failed back into it.
const base = app.pb.buildURL("/_/extensions/jasaweb/jobs");
const numbers = new Intl.NumberFormat("id-ID");
const states = [
    { state: "", label: "Semua", tone: "" },
    { state: "queued", label: "Menunggu", tone: "info" },
    { state: "running", label: "Berjalan", tone: "warning" },
    { state: "done", label: "Selesai", tone: "success" },
    { state: "dead", label: "Gagal", tone: "danger" },
];
const step = 30;
const every = 5000; // what ends a job writes past PocketBase's realtime events

export function page(route) {
    app.store.title = "Tugas";
    const data = store({
        loading: true,
        error: "",
        counts: {},
        kinds: [],
        oldest: "",
        jobs: [],
        total: 0,
        shown: step,
        busy: "",
        state: route?.query?.state?.[0] || "",
        kind: route?.query?.kind?.[0] || "",
        get dead() {
            return data.kinds.find((k) => k.kind == data.kind)?.dead || 0;
        },
    });

    async function load() {
        const where = [], values = {};
        for (const column of ["state", "kind"]) {
            if (data[column]) {
                where.push(`${column} = {:${column}}`);
                values[column] = data[column];
            }
        }
        try {
            const [queue, list] = await Promise.all([
                app.pb.send("/api/admin/jobs", { requestKey: "jobs.queue" }),
                app.pb.collection("jobs").getList(1, data.shown, {
                    filter: app.pb.filter(where.join(" && "), values), sort: "-updated,-id", requestKey: "jobs.list",
                }),
            ]);
            data.counts = queue;
            data.kinds = queue.kinds;
            data.oldest = queue.oldest_due;
            data.jobs = list.items;
            data.total = list.totalItems;
            data.error = "";
        } catch (err) {
            if (err?.isAbort) return;
            data.error = "Antrean tugas tidak bisa dimuat.";
        }
        data.loading = false;
    }

    function show(filter) {
        Object.assign(data, { shown: step, loading: true, jobs: [] }, filter);
        app.utils.replaceHashQueryParams({ state: data.state, kind: data.kind });
        load();
    }

    // again runs something that puts jobs back and says so.
    async function again(busy, put) {
        data.busy = busy;
        try {
            app.toasts.success(await put());
            await load();
        } catch (err) {
            app.checkApiError(err);
        }
        data.busy = "";
    }

    const retry = (job) => again(job.id, async () => {
        await app.pb.collection("jobs").update(job.id, { state: "queued" });
        return "Tugas masuk antrean lagi.";
    });

    const retryAll = () => app.modals.confirm(
        `Kembalikan ${numbers.format(data.dead)} tugas “${data.kind}” yang gagal ke antrean?`,
        () => again("all", async () => {
            const done = await app.pb.send("/api/admin/jobs/retry", { method: "POST", body: { kind: data.kind } });
            return `${numbers.format(done.retried)} tugas masuk antrean lagi.`;
        }),
    );

    let timer;
    return t.div({
            pbEvent: "pageJobs", className: "page",
            onmount: () => {
                load();
                timer = setInterval(() => document.hidden || load(), every);
            },
            onunmount: () => clearInterval(timer),
        },
        t.link({ rel: "stylesheet", href: `${base}/style.css` }),
        t.div({ className: "page-content" },
            t.header({ className: "page-header" },
                t.nav({ className: "breadcrumbs" }, t.div(null, "Tugas")),
                app.components.refreshButton({ onclick: load })),
            filters(data, show, retryAll),
            t.p({ className: "txt-hint", role: "status" }, () => oldest(data)),
            () => data.error
                ? t.div({ className: "alert danger", role: "alert" }, t.p(null, data.error),
                    t.button({ type: "button", className: "btn sm", onclick: load }, t.span({ className: "txt" }, "Muat ulang")))
                : null,
            t.ul({ className: "jobs-list", ariaBusy: () => data.loading }, () => data.jobs.map((job) => row(job, data, retry))),
            () => data.loading && !data.jobs.length ? t.span({ className: "loader lg" }) : null,
            () => !data.loading && !data.error && !data.jobs.length
                ? t.p({ className: "jobs-empty" }, data.state || data.kind ? "Tidak ada tugas dengan saringan ini." : "Antrean kosong.")
                : null,
            () => data.total > data.jobs.length && data.jobs.length
                ? t.button({ type: "button", className: "btn secondary", onclick: () => { data.shown += step; load(); } },
                    t.span({ className: "txt" }, "Tampilkan lagi"))
                : null));
}

function filters(data, show, retryAll) {
    const count = (state) => state ? data.counts[state] || 0 : states.reduce((sum, s) => sum + (s.state && data.counts[s.state] || 0), 0);
    return t.div(null,
        t.div({ className: "jobs-states", role: "group", ariaLabel: "Saring menurut keadaan" },
            ...states.map(({ state, label, tone }) => t.button({
                    type: "button", className: `btn sm ${tone ? "outline" : "secondary"} ${tone}`, "html-data-state": state,
                    ariaPressed: () => String(data.state == state), onclick: () => show({ state }),
                },
                t.span({ className: "txt" }, () => `${label} ${numbers.format(count(state))}`)))),
        t.div({ className: "jobs-tools" },
            t.select({ ariaLabel: "Saring menurut jenis", onchange: (e) => show({ kind: e.target.value }) },
                t.option({ value: "" }, "Semua jenis"),
                () => data.kinds.map((k) => t.option({ rid: k.kind, value: k.kind, selected: () => data.kind == k.kind }, k.kind))),
            () => data.dead
                ? t.button({ type: "button", className: () => `btn sm jobs-retry-all ${data.busy == "all" ? "loading" : ""}`, disabled: () => !!data.busy, onclick: retryAll },
                    t.span({ className: "txt" }, `Coba lagi ${numbers.format(data.dead)} yang gagal`))
                : null));
}

function oldest(data) {
    if (data.loading && !data.kinds.length || data.error) return "";
    return data.oldest
        ? `Yang paling lama menunggu sudah jatuh waktunya sejak ${app.utils.toLocalDatetime(data.oldest)}.`
        : "Tidak ada tugas yang terlambat.";
}

// A row stays the same element as long as its job stands as it did, so that the
// keyboard's place survives the next look at the queue.
function row(job, data, retry) {
    const { label, tone } = states.find((s) => s.state == job.state) || { label: job.state, tone: "" };
    return t.li({ rid: `${job.id} ${job.state} ${job.attempt} ${job.updated}`, "html-data-job": job.id },
        t.div({ className: "jobs-head" },
            t.strong(null, job.kind),
            t.span({ className: `label ${tone}` }, label),
            t.span({ className: "txt-hint" }, `percobaan ke-${numbers.format(job.attempt)}`),
            t.span({ className: "txt-hint" }, `${job.state == "queued" ? "berikutnya" : "terakhir"} ${app.utils.toLocalDatetime(job.state == "queued" ? job.run_at : job.updated)}`),
            job.state == "dead"
                ? t.button({
                    type: "button", className: () => `btn sm ${data.busy == job.id ? "loading" : ""}`, disabled: () => !!data.busy,
                    ariaLabel: `Coba lagi ${job.kind}`, onclick: () => retry(job),
                }, t.span({ className: "txt" }, "Coba lagi"))
                : null),
        job.error ? t.pre(null, job.error) : null);
}
