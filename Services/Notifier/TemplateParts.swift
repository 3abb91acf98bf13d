// The wiring of everything about templates: made once at start, handed to the service as routes and jobs.
import HTTPServer
import JobQueue
import Lifecycle
import Observe
import Postgres

struct TemplateParts: Sendable {
    let store: TemplateStore
    let sync: TemplateSync
    let keeper: TemplateKeeper
    let events: JobWorker<AccountEventSource>
    let reporter: TemplateReporter

    init(
        _ setup: Setup, _ config: NotifierConfig, _ database: PostgresPool, graph: GraphSender,
        messages: MessageStore, metrics messageMetrics: NotifierMetrics, wake: @escaping @Sendable () -> Void
    ) {
        let store = TemplateStore(database: database, world: setup.world)
        let metrics = TemplateMetrics(setup.metrics)
        let reporter = TemplateReporter(log: setup.log, metrics: metrics)
        // One number of each account speaks for it; which one is the same in every process.
        let byAccount = Dictionary(
            grouping: config.numbers.values.sorted { $0.phoneNumberId < $1.phoneNumberId }, by: \.wabaId)
        let sync = TemplateSync(
            store: store, desk: TemplateDesk(graph: graph), numbers: byAccount.compactMapValues(\.first),
            definitions: TemplateCatalogue.standard.bySubmission, creates: config.templateCreate,
            interval: config.templateSync, reporter: reporter)
        keeper = TemplateKeeper(
            store: store, messages: messages, sync: sync,
            numbers: byAccount.mapValues { $0.map(\.phoneNumberId) },
            releaseMax: max(1, config.ratePerSecond / 2), loop: setup.loop, log: setup.log, metrics: metrics,
            messageMetrics: messageMetrics, wake: wake)
        let source = AccountEventSource(database: database, world: setup.world)
        let worker = AccountWorker(
            source: source, templates: store, accounts: Set(byAccount.keys), reporter: reporter)
        events = JobWorker(
            name: "account", source: source, concurrency: 1, pollInterval: .seconds(5), loop: setup.loop,
            world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await worker.perform($0) })
        self.store = store
        self.sync = sync
        self.reporter = reporter
    }

    var routes: Routes { TemplateRoutes(store: store, sync: sync).table }
}
