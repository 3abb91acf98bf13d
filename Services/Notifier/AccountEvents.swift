// The lane `account` out of the shared event table: news of templates is applied, everything else is put aside for a
// person, as it always was.
import Contracts
import JobQueue
import Observe
import Postgres
import WhatsApp
import World

/// One claimed event about an account.
struct AccountEvent: Sendable {
    var seq: Int64
    var eventAt: Timestamp
    var payload: [UInt8]
    var requestId: String
    var receivedAt: Timestamp
    var attempts: Int
    var fence: Int64
}

struct AccountEventSource: JobSource {
    /// Renewed while an event is applied.
    var lease: Duration { .seconds(10) }

    let database: PostgresPool
    let world: World

    func claim(_ limit: Int) async throws -> [AccountEvent] {
        let now = world.now()
        let rows = try await database.batch([
            (AccountQueries.takeBack, [.timestamp(now)]),
            (
                AccountQueries.claim,
                [.timestamp(now), .int8(Int64(limit)), .timestamp(now.advanced(by: lease))]
            ),
        ])[1]
        return try rows.map { row in
            AccountEvent(
                seq: try row.int8("seq"), eventAt: try row.timestamp("event_at"),
                payload: try row.bytes("payload"), requestId: try row.text("request_id"),
                receivedAt: try row.timestamp("received_at"), attempts: Int(try row.int4("attempts")),
                fence: try row.int8("fence"))
        }.sorted { ($0.eventAt, $0.seq) < ($1.eventAt, $1.seq) }
    }

    func release(_ jobs: [AccountEvent]) async throws {
        for job in jobs {
            _ = try await database.query(
                AccountQueries.finish, values(job, "ready", world.now(), nil, isOver: false))
        }
    }

    func renew(_ jobs: [AccountEvent]) async throws {
        _ = try await database.query(
            AccountQueries.renew,
            [
                .int8Array(jobs.map(\.seq)), .timestampArray(jobs.map(\.eventAt)),
                .int8Array(jobs.map(\.fence)), .timestamp(world.now().advanced(by: lease)),
            ])
    }

    func values(
        _ event: AccountEvent, _ state: String, _ runAt: Timestamp, _ error: String?, isOver: Bool
    ) -> [PostgresValue] {
        [
            .int8(event.seq), .timestamp(event.eventAt), .int8(event.fence), .text(state), .timestamp(runAt),
            .text(error), .timestamp(isOver ? world.now() : nil),
        ]
    }
}

/// Applies events one at a time: there are few, and their order matters.
struct AccountWorker: Sendable {
    static let attemptsMax = 10

    let source: AccountEventSource
    let templates: TemplateStore
    let accounts: Set<String>
    let reporter: TemplateReporter

    func perform(_ event: AccountEvent) async {
        let context = RequestContext(requestID: event.requestId, traceparent: nil, world: source.world)
        await RequestContext.$current.withValue(context) {
            do { try await apply(event) } catch is CancellationError {
                // The lease ends by itself.
            } catch { await postpone(event, error) }
        }
    }

    private func apply(_ event: AccountEvent) async throws {
        guard let news = TemplateNews(envelope: event.payload), accounts.contains(news.wabaId),
            TemplateCatalogue.standard.all.contains(where: {
                $0.name == news.name && $0.language == news.language
            })
        else {
            let field = AccountField(event.payload)
            reporter.metrics.events.add(1, [field.label])
            if field.isForPerson {
                reporter.log.warn(
                    "account.event", ["field": .name(field.label), "seq": .int(Int(event.seq))])
            }
            _ = try await source.database.query(
                AccountQueries.finish,
                source.values(event, "parked", source.world.now(), "kept:" + field.label, isOver: true))
            return
        }
        reporter.metrics.events.add(1, ["template"])
        let change = try await source.database.transaction { session in
            let change = try await self.templates.apply(self.news(news, event), in: session)
            _ = try await session.query(
                AccountQueries.finish,
                self.source.values(event, "done", event.receivedAt, nil, isOver: true))
            return change
        }
        reporter.changed(change)
        if case .categoryWill = news.change {
            reporter.metrics.alerts.add(1, ["recategorised"])
            reporter.log.error(
                "template.willBeRecategorised",
                ["template": .name(news.name), "language": .name(news.language)])
        }
    }

    /// Never later than it came: a clock of Meta's that is ahead must not keep later news out. An event without a
    /// time of its own counts from its arrival.
    private func news(_ news: TemplateNews, _ event: AccountEvent) -> TemplateStore.News {
        let at = event.eventAt.seconds <= 0 ? event.receivedAt : min(event.eventAt, event.receivedAt)
        var out = TemplateStore.News(news.wabaId, TemplateKey(news.name, news.language), nil, at: at)
        out.templateId = news.templateId
        switch news.change {
        case .status(let word, let reason, let category):
            out.event = .reported(word, isUtility: category.map { $0 == "UTILITY" })
            (out.reason, out.category) = (reason, category)
        case .quality(let score): out.quality = score
        case .category(let category):
            out.event = .categorised(isUtility: category == "UTILITY")
            out.category = category
        // Still what it was; the change itself comes as news of its own.
        case .categoryWill: break
        case .body(let text): out.body = text
        }
        return out
    }

    private func postpone(_ event: AccountEvent, _ error: any Error) async {
        let code = (error as? PostgresError)?.sqlState ?? "error"
        let wait = RetrySchedule.wait(afterAttempt: event.attempts, fraction: source.world.fraction())
        let isOver = event.attempts >= Self.attemptsMax
        do {
            _ = try await source.database.query(
                AccountQueries.finish,
                source.values(
                    event, isOver ? "parked" : "ready", source.world.now().advanced(by: wait), code,
                    isOver: isOver))
        } catch { reporter.log.warn("account.leftToLease", ["seq": .int(Int(event.seq))]) }
    }
}

/// What an event that is not about our templates is about, in words that may stand in a log and a metric.
struct AccountField {
    /// What a person should hear of; the others are kept for whoever asks.
    private static let forPersons: Set<String> = [
        "account_update", "account_alerts", "account_review_update", "security",
        "phone_number_quality_update",
        "business_capability_update", "payment_configuration_update", "errors",
    ]
    private static let others: Set<String> = [
        "groupMessage", "echo", "history", "foreign", "unreadable", "message_template_status_update",
        "message_template_quality_update", "template_category_update", "message_template_components_update",
        "phone_number_name_update", "user_preferences", "user_id_update", "business_username_update",
    ]

    let label: String
    var isForPerson: Bool { Self.forPersons.contains(label) }

    init(_ payload: [UInt8]) {
        let (field, kind) = AccountEnvelope.names(payload)
        label = [kind, field].first { Self.forPersons.contains($0) || Self.others.contains($0) } ?? "other"
    }
}

enum AccountQueries {
    /// $1 now, $2 how many, $3 end of the lease. Planned once: rows are named as in `OutboxQueries`.
    static let claim: PostgresStatement = """
        with due as (
            select e.seq, e.event_at from channel.inbound_event e
            where e.lane = 'account' and e.state = 'ready' and e.run_at <= $1
            order by e.run_at, e.seq limit $2 for update of e skip locked)
        update channel.inbound_event e
        set state = 'claimed', lease_until = $3, fence = e.fence + 1, attempts = e.attempts + 1
        from due where e.seq = any (array[due.seq])
            and e.event_at = any (array[due.event_at]) and e.event_at = any (array[due.event_at])
        returning e.seq, e.event_at, e.payload, e.request_id, e.received_at, e.attempts, e.fence
        """

    /// $1 sequence number, $2 event time, $3 fence, $4 state, $5 run at, $6 last error, $7 done at.
    static let finish: PostgresStatement = """
        update channel.inbound_event
        set state = $4, lease_until = null, run_at = $5, last_error = $6, done_at = $7
        where lane = 'account' and seq = $1 and event_at = $2 and fence = $3 and state = 'claimed'
        """

    /// $1 sequence numbers, $2 event times, $3 fences, $4 end of the lease.
    static let renew: PostgresStatement = """
        update channel.inbound_event e set lease_until = $4
        from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as mine (seq, event_at, fence)
        where e.seq = any (array[mine.seq]) and e.fence = mine.fence
            and e.event_at = any (array[mine.event_at]) and e.event_at = any (array[mine.event_at])
            and e.state || '' = 'claimed'
        """

    /// $1 now: events of a worker that is gone.
    static let takeBack: PostgresStatement = """
        update channel.inbound_event set state = 'ready', lease_until = null
        where lane = 'account' and state = 'claimed' and lease_until < $1
        """
}
