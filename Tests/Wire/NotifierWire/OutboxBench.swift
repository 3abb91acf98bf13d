// The outbox in PostgreSQL without a process around it: rounds are made one by one, so that a test can look
// between them.
import Contracts
import Copy
import Money
import Postgres
import Sealing
import TestSupport
import WebhookIngress
import World

@testable import Notifier

struct OutboxBench: Sendable {
    static let number = "800"

    let pool: PostgresPool
    let outbox: OutboxStore
    let statuses: StatusStore
    let world: World

    /// Runs `body` on a fresh database, as the notifier's own role.
    static func with(
        ratePerSecond: Int = 1_000, personInterval: Duration = .seconds(6), world: World = .forWireTests,
        _ body: @escaping @Sendable (OutboxBench) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (NotifierSchema.name, NotifierSchema.migrations),
        ])
        try await cluster.withPool(name, role: "till_notifier") { pool in
            let messages = MessageStore(database: pool, world: world)
            let sending = SendingNumber(
                phoneNumberId: number, wabaId: "9", accessToken: Secret(text: "t"),
                place: WallClock(country: "MD"))
            let templates = TemplateStore(database: pool, world: world)
            let planner = OutboxPlanner(
                numbers: [number: sending], limits: .init(interval: personInterval))
            let outbox = OutboxStore(
                messages: messages, templates: templates, planner: planner,
                numberPace: .number(ratePerSecond: ratePerSecond))
            try await messages.prepare([number])
            try await cluster.withPool(name) { owner in
                try await body(
                    OutboxBench(
                        pool: owner, outbox: outbox,
                        statuses: StatusStore(
                            database: pool, messages: messages, templates: templates, world: world),
                        world: world)
                )
            }
        }
    }

    /// Queues a text and answers its id.
    @discardableResult
    func post(_ text: String, to peer: String) async throws -> String {
        try await post(.text(text), to: peer)
    }

    @discardableResult
    func post(_ content: MessageContent, to peer: String, coalesceKey: String? = nil) async throws -> String {
        let message = SendMessage(
            conversation: Conversation(phoneNumberId: Self.number, peer: peer), locale: .ro, content: content,
            coalesceKey: coalesceKey)
        guard case .new(let id) = try await outbox.messages.accept(message, key: "k" + world.hex(8)) else {
            throw Unexpected(what: "a key twice")
        }
        return id
    }

    /// Posts while a session of ours holds what `lock` locks, and lets `meanwhile` happen once the statement waits for
    /// it. Nil where it waited longer than it has patience for, on a slow machine: then all begins again.
    func post(
        _ posted: [PostedMessage], behind lock: PostgresStatement,
        meanwhile: (PostgresTransaction) async throws -> Void
    ) async throws -> OutboxStore.Posting? {
        let posting = try await pool.transaction { session in
            try await session.query(lock)
            let posting = Task {
                var doubtful: [Departure] = []
                return try await outbox.post(posted, most: posted.count, doubtful: &doubtful)
            }
            // Looked for too late, it waits no more.
            try? await untilLocked(atMost: .seconds(2), on: pool)
            try await meanwhile(session)
            return posting
        }
        return try? await posting.value
    }

    /// The person wrote `ago` before now.
    func hear(_ peer: String, ago: Duration = .zero) async throws {
        let now = world.now()
        _ = try await pool.query(
            """
            insert into channel.conversation (phone_number_id, peer, wa_id, last_inbound_at, updated_at)
            values ($1, $2, $2, $3, $4)
            on conflict (phone_number_id, peer) do update set last_inbound_at = excluded.last_inbound_at
            """,
            [.text(Self.number), .text(peer), .timestamp(now.advanced(by: .zero - ago)), .timestamp(now)])
    }

    func round(_ free: Int = 64) async throws -> OutboxStore.Round {
        var doubtful: [Departure] = []
        return try await outbox.round(free: free, turns: [(Self.number, free)], doubtful: &doubtful)
    }
}
