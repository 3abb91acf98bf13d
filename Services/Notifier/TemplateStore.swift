// Rows of the templates to values and back. Every change of state goes through `TemplateState.next`, under a
// lock, and never on older news than what is known.
import Contracts
import Money
import Postgres
import WhatsApp
import World

/// The templates' standing in PostgreSQL.
struct TemplateStore: Sendable {
    let database: PostgresPool
    let world: World

    /// What is to be applied to one template.
    struct News: Sendable {
        var wabaId: String
        var key: TemplateKey
        var event: TemplateEvent?
        /// When it was so, by Meta's clock or ours.
        var at: Timestamp
        var templateId: String?
        var category: String?
        var quality: String?
        var reason: String?
        var body: String?
        /// A creation or an edit was made.
        var isActivity = false
        var isEdit = false

        init(_ wabaId: String, _ key: TemplateKey, _ event: TemplateEvent?, at: Timestamp) {
            self.wabaId = wabaId
            self.key = key
            self.event = event
            self.at = at
        }
    }

    /// What became of it.
    struct Change: Sendable, Equatable {
        var key: TemplateKey
        var state: TemplateState
        var effects: [TemplateEffect]
        var reason: String?
        /// Older than what is known, or not possible.
        var isIgnored = false
    }

    func records(_ wabaId: String) async throws -> [TemplateKey: TemplateRecord] {
        try Self.records(try await database.query(TemplateQueries.all, [.text(wabaId)]))
    }

    /// What may be sent from numbers of this account at this moment.
    func usable(_ wabaId: String) async throws -> TemplateCatalogue {
        TemplateCatalogue.standard.usable(try await records(wabaId), now: world.now())
    }

    /// The same inside a transaction that acts on it.
    func usable(_ wabaId: String, in session: PostgresTransaction) async throws -> TemplateCatalogue {
        let rows = try await session.query(TemplateQueries.all, [.text(wabaId)])
        return TemplateCatalogue.standard.usable(try Self.records(rows), now: world.now())
    }

    func apply(_ news: News) async throws -> Change {
        try await database.transaction { try await self.apply(news, in: $0) }
    }

    /// The same inside a transaction that does more.
    func apply(_ news: News, in session: PostgresTransaction) async throws -> Change {
        let key: [PostgresValue] = [.text(news.wabaId), .text(news.key.name), .text(news.key.language)]
        // A template that nobody has heard of counts as what the program took it for.
        _ = try await session.query(TemplateQueries.begin, key + [.timestamp(world.now())])
        var record = try Self.record(try await session.query(TemplateQueries.lock, key).one())
        guard news.at >= record.stateAt else {
            return Change(key: news.key, state: record.state, effects: [], isIgnored: true)
        }
        var effects: [TemplateEffect] = []
        if let event = news.event {
            guard let step = try? TemplateState.next(record.state, event) else {
                return Change(key: news.key, state: record.state, effects: [], isIgnored: true)
            }
            if step.state != record.state { record.reason = nil }
            (record.state, effects, record.stateAt) = (step.state, step.effects, news.at)
        }
        record.templateId = news.templateId ?? record.templateId
        record.category = news.category ?? record.category
        record.quality = news.quality ?? record.quality
        record.reason = news.reason ?? record.reason
        record.accountBody = news.body ?? record.accountBody
        if news.isActivity { record.activeAt = world.now() }
        if news.isEdit { record.editedAt = world.now() }
        _ = try await session.query(TemplateQueries.store, key + Self.values(record))
        return Change(key: news.key, state: record.state, effects: effects, reason: record.reason)
    }

    /// Meta took a message as this template, which keeps it alive. Written once a day.
    func used(_ wabaId: String, _ key: TemplateKey) async throws {
        let now = world.now()
        try await database.query(
            TemplateQueries.used,
            [.text(wabaId), .text(key.name), .text(key.language), .timestamp(now)])
    }

    /// What Meta said against the template that an attempt went out as, if it was one.
    func refused(
        _ messageId: String, attempt: Int, code: Int, in session: PostgresTransaction
    ) async throws -> Change? {
        guard let event = TemplateEvent(sendCode: code),
            let row = try await session.query(
                TemplateQueries.ofAttempt, [.text(messageId), .int4(Int32(attempt))]
            ).atMostOne()
        else { return nil }
        let key = TemplateKey(try row.text("name"), try row.text("language"))
        return try await apply(
            News(try row.text("waba_id"), key, event, at: world.now()), in: session)
    }

    /// A state that a newer version wrote is none that this one may send in; it leaves the row alone.
    private static func records(_ rows: PostgresRows) throws -> [TemplateKey: TemplateRecord] {
        let records = try rows.map { row in
            try record(row, TemplateState(rawValue: try row.text("state")) ?? .disabled)
        }
        return Dictionary(records.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    }

    private static func record(_ row: PostgresRow) throws -> TemplateRecord {
        guard let state = TemplateState(rawValue: try row.text("state")) else {
            throw UnreadableState()
        }
        return try record(row, state)
    }

    private static func record(_ row: PostgresRow, _ state: TemplateState) throws -> TemplateRecord {
        var record = TemplateRecord(
            key: TemplateKey(try row.text("name"), try row.text("language")), state: state,
            stateAt: try row.timestamp("state_at"), activeAt: try row.timestamp("active_at"))
        record.templateId = try row.textOrNil("template_id")
        record.category = try row.textOrNil("category")
        record.quality = try row.textOrNil("quality")
        record.reason = try row.textOrNil("reason")
        record.accountBody = try row.textOrNil("account_body")
        record.editedAt = try row.timestampOrNil("edited_at")
        return record
    }

    /// A word that this version does not know: a newer one wrote it.
    struct UnreadableState: Error {}

    private static func values(_ record: TemplateRecord) -> [PostgresValue] {
        [
            .text(record.state.rawValue), .text(record.templateId), .text(record.category),
            .text(record.quality), .text(record.reason), .text(record.accountBody),
            .timestamp(record.stateAt), .timestamp(record.activeAt), .timestamp(record.editedAt),
        ]
    }
}

// MARK: accounts

/// One row of `notifier.template_account`.
struct TemplateAccountRow: Sendable {
    var wabaId: String
    var syncedAt: Timestamp?
    var failure: String?
}

extension TemplateStore {
    /// How long a look at an account may take before another process may look as well. Renewed before every errand.
    static let accountLease = Duration.seconds(120)

    func accounts() async throws -> [TemplateAccountRow] {
        try await database.query(TemplateQueries.accounts).map { row in
            TemplateAccountRow(
                wabaId: try row.text("waba_id"), syncedAt: try row.timestampOrNil("synced_at"),
                failure: try row.textOrNil("failure"))
        }
    }

    func know(_ wabaId: String) async throws {
        try await database.query(TemplateQueries.know, [.text(wabaId), .timestamp(world.now())])
    }

    /// Takes the account for a look, when it is due or `isAsked`. False: not now, or another process has it.
    func takeTurn(_ wabaId: String, isAsked: Bool) async throws -> Bool {
        let now = world.now()
        return try await database.query(
            TemplateQueries.takeTurn,
            [
                .text(wabaId), .timestamp(now), .timestamp(now.advanced(by: Self.accountLease)),
                .bool(isAsked),
            ]
        ).affected == 1
    }

    func renewTurn(_ wabaId: String) async throws {
        try await database.query(
            TemplateQueries.renewTurn,
            [.text(wabaId), .timestamp(world.now().advanced(by: Self.accountLease))])
    }

    /// Ends the turn. `failure` nil: the account was read.
    func endTurn(_ wabaId: String, next: Duration, failure: String?) async throws {
        let now = world.now()
        try await database.query(
            TemplateQueries.endTurn,
            [
                .text(wabaId), .timestamp(now.advanced(by: next)), .text(failure),
                .timestamp(failure == nil ? now : nil),
            ])
    }

    /// One creation or edit out of the hour's; false when they are used up.
    func takeEdit(_ wabaId: String) async throws -> Bool {
        try await database.transaction { session in
            let row = try await session.query(TemplateQueries.lockEdits, [.text(wabaId)]).one()
            let turn = TemplatePlan.pace.take(
                fullAt: try row.timestampOrNil("edits_full_at"), now: self.world.now())
            guard case .go(let fullAt) = turn else { return false }
            _ = try await session.query(TemplateQueries.keepEdits, [.text(wabaId), .timestamp(fullAt)])
            return true
        }
    }

    /// Whether anything of these numbers is held for want of a template.
    func hasHeld(_ numbers: [String]) async throws -> Bool {
        try await !database.query(TemplateQueries.anyHeld, [.textArray(numbers)]).isEmpty
    }

    /// Held messages of this account's numbers that some usable template can say now, oldest first, if it is this
    /// process's turn to let them go.
    func releasable(
        _ wabaId: String, numbers: [String], _ catalogue: TemplateCatalogue, limit: Int
    ) async throws -> [String] {
        var families: [String] = [], locales: [String] = []
        for kind in PaymentOutcome.Kind.allCases {
            let family = TemplateCatalogue.name(kind)
            for language in Language.allCases where catalogue.approved(family, locale: language) != nil {
                families.append(family)
                locales.append(language.rawValue)
            }
        }
        let rows = try await database.query(
            TemplateQueries.releasable,
            [.textArray(numbers), .textArray(families), .textArray(locales), .int8(Int64(limit))])
        guard !rows.isEmpty else { return [] }
        let turn = try await database.query(
            TemplateQueries.takeRelease, [.text(wabaId), .timestamp(world.now())])
        return turn.affected == 1 ? try rows.map { try $0.text("message_id") } : []
    }
}
