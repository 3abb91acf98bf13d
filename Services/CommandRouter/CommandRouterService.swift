// The router's wiring, top to bottom: configuration, database, peers, desk, worker. Nothing here decides
// anything.
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import JobQueue
package import Lifecycle
import Observe
import Postgres

package enum CommandRouterService {
    static let name = "command-router"
    /// The ingress notifies it after each commit that kept messages.
    static let wakingChannel = "till_inbound_messages"

    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try CommandRouterConfig(&environment)
        let database = try await setup.database(plansOnce: true)
        let store = InboundStore(
            database: database, world: setup.world,
            patience: Patience(MessageEnds.patience, enough: MessageEnds.enough, on: setup.loop),
            loop: setup.loop)
        let desk = desk(config, store, database, setup)
        let keeper = HolderKeeper(
            holders: desk.holders, brokers: desk.brokers, banks: config.brokers.keys.sorted(),
            numbers: config.numbers.keys.sorted(), world: setup.world, log: setup.log,
            sleep: { try await setup.loop.sleep(for: $0) })
        let worker = JobWorker(
            name: "inbound", source: store, concurrency: config.concurrency, pollInterval: config.poll,
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await desk.work(on: $0) })
        store.onNext.answer { _ in worker.wake() }
        return RunningService(
            servers: [try await setup.serve(Routes())],
            jobs: [
                { try await worker.run() },
                { try await keeper.run() },
                { try await database.listen([wakingChannel]) { _, _ in worker.wake() } },
            ],
            ready: ["database": { await store.isAlive() }], stop: { await database.close() })
    }

    private static func desk(
        _ config: CommandRouterConfig, _ store: InboundStore, _ database: PostgresPool, _ setup: Setup
    ) -> MessageDesk {
        let meters = RouterMeters(setup.metrics)
        let brokers = config.brokers.reduce(into: [String: ServiceClient]()) { clients, broker in
            clients[broker.key] = ServiceClient(
                http: setup.http, baseURL: broker.value, token: config.token, caller: name, peer: "cap-svc")
        }
        func client(_ url: HTTPURL, _ peer: String) -> ServiceClient {
            ServiceClient(
                http: setup.http, baseURL: url, token: config.token, caller: name, peer: peer)
        }
        let gateway = client(config.gateway, "ecomm-gateway")
        let notifier = client(config.notifier, "notifier")
        return MessageDesk(
            store: store, holders: HolderStore(database: database),
            brokers: Brokers(
                clients: brokers, pause: { try await setup.loop.sleep(for: $0) }, log: setup.log,
                answers: meters.brokerAnswers, world: setup.world),
            gateway: gateway,
            errands: ErrandDesk(
                book: PaymentBook(gateway: gateway), notifier: notifier, log: setup.log),
            voice: Voice(notifier: notifier, loop: setup.loop, log: setup.log),
            numbers: config.numbers, banks: config.brokers.keys.sorted(), checkout: config.checkout,
            world: setup.world, log: setup.log,
            meters: meters)
    }
}
