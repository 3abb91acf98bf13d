// One look at a business account: its list against ours, then what is missing or to be edited, as much as the hour
// allows. Two processes never look at once, and a look that dies leaves nothing that the next one does not find.
import Contracts
import Observe
import WhatsApp
import World

struct TemplateSync: Sendable {
    let store: TemplateStore
    let desk: TemplateDesk
    /// A number of each account, whose token may manage its templates.
    let numbers: [String: SendingNumber]
    /// Ours, most needed first.
    let definitions: [TemplateDefinition]
    /// Creates what is missing.
    let creates: Bool
    let interval: Duration
    let reporter: TemplateReporter

    /// After a failure or a throttle, and when there was more to do than the hour allowed.
    static let shortWait = Duration.seconds(300)

    /// The accounts of our numbers.
    var accounts: [String] { numbers.keys.sorted() }

    /// Looks at one account if it is due, or at once when `isAsked`. Nil: not now, or another process is at it.
    /// Throws for the database; the lease of the turn then ends by itself.
    func look(_ wabaId: String, isAsked: Bool = false, editsChanged: Bool = false) async throws
        -> TemplateLook?
    {
        guard let number = numbers[wabaId] else { return nil }
        try await store.know(wabaId)
        guard try await store.takeTurn(wabaId, isAsked: isAsked) else { return nil }
        var look = TemplateLook(wabaId: wabaId)
        let began = store.world.now()
        switch await desk.list(wabaId, as: number) {
        case .failed(let word): look.failure = word
        case .all(let listed):
            look.listed = listed.count
            try await compare(listed, wabaId, at: began)
            try await runErrands(wabaId, number, editsChanged: editsChanged, &look)
        }
        let isWaiting = look.failure != nil || look.postponed > 0
        let next = isWaiting ? min(Self.shortWait, interval) : interval
        try await store.endTurn(
            wabaId, next: next * (0.875 + store.world.fraction() / 4), failure: look.failure)
        reporter.looked(look)
        return look
    }

    private func compare(_ listed: [AccountTemplate], _ wabaId: String, at began: Timestamp) async throws {
        let known = Dictionary(
            listed.map { (TemplateKey($0.name, $0.language), $0) }, uniquingKeysWith: { $1 })
        for definition in definitions {
            let key = TemplateKey(definition)
            var news = TemplateStore.News(wabaId, key, .absent, at: began)
            if let template = known[key] {
                news.event = .reported(template.word, isUtility: template.category.map { $0 == "UTILITY" })
                news.templateId = template.id.isEmpty ? nil : template.id
                (news.category, news.quality) = (template.category, template.quality)
                (news.reason, news.body) = (template.reason, template.body)
            }
            reporter.changed(try await store.apply(news))
        }
    }

    private func runErrands(
        _ wabaId: String, _ number: SendingNumber, editsChanged: Bool, _ look: inout TemplateLook
    ) async throws {
        let errands = TemplatePlan.errands(
            definitions, try await store.records(wabaId), editsChanged: editsChanged, now: store.world.now())
        for (index, errand) in errands.enumerated() {
            if case .create = errand, !creates { continue }
            guard try await store.takeEdit(wabaId) else { return look.postponed = errands.count - index }
            try await store.renewTurn(wabaId)
            guard try await run(errand, wabaId, number, &look) else {
                return look.postponed = errands.count - index
            }
        }
    }

    /// False: nothing more should be tried now.
    private func run(
        _ errand: TemplateErrand, _ wabaId: String, _ number: SendingNumber, _ look: inout TemplateLook
    ) async throws -> Bool {
        let definition: TemplateDefinition
        let isEdit: Bool
        switch errand {
        case .create(let wanted): (definition, isEdit) = (wanted, false)
        case .edit(let wanted, _): (definition, isEdit) = (wanted, true)
        }
        let key = TemplateKey(definition)
        var news = TemplateStore.News(wabaId, key, .submitted, at: store.world.now())
        news.isEdit = isEdit
        if try await store.apply(news).isIgnored { return true }
        let submitted: TemplateDesk.Submitted =
            switch errand {
            case .create: await desk.create(definition, wabaId, as: number)
            case .edit(_, let id): await desk.edit(definition, id: id, as: number)
            }
        news = TemplateStore.News(wabaId, key, nil, at: store.world.now())
        switch submitted {
        case .taken(let creation):
            news.event = .reported(
                creation?.word ?? .pending, isUtility: creation?.category.map { $0 == "UTILITY" })
            (news.templateId, news.category) = (creation?.id, creation?.category)
            (news.body, news.isActivity) = (definition.body?.text, true)
            if isEdit { look.edited += 1 } else { look.created += 1 }
        case .refused(let word):
            news.event = .creationRefused
            news.reason = word
            look.refused += 1
        case .notNow(let word):
            // Of an edit nothing is lost by waiting for the list.
            if !isEdit { news.event = .notSubmitted }
            look.failure = word
        case .unknown(let word): look.failure = word
        }
        if news.event != nil { reporter.changed(try await store.apply(news)) }
        return look.failure == nil
    }
}

/// Tells a log and a metric what became of templates: names and states are ours, and nothing else is told.
struct TemplateReporter: Sendable {
    let log: Log
    let metrics: TemplateMetrics

    func changed(_ change: TemplateStore.Change) {
        guard !change.isIgnored, !change.effects.isEmpty else { return }
        let isAlarming = change.effects.contains(.alert)
        if isAlarming { metrics.alerts.add(1, [change.state.rawValue]) }
        let say = isAlarming ? log.error : log.info
        say(
            "template.changed",
            [
                "template": .name(change.key.name), "language": .name(change.key.language),
                "state": .name(change.state.rawValue), "isUsable": .flag(change.state.isUsable),
            ])
    }

    func looked(_ look: TemplateLook) {
        metrics.looks.add(1, [look.failure == nil ? "done" : "failed"])
        if let failure = look.failure {
            log.warn("templates.notSynced", ["why": .name(failure), "postponed": .int(look.postponed)])
        } else {
            log.info(
                "templates.synced",
                [
                    "listed": .int(look.listed), "created": .int(look.created), "edited": .int(look.edited),
                    "refused": .int(look.refused), "postponed": .int(look.postponed),
                ])
        }
    }
}

/// The templates' numbers. Labels are states of ours.
struct TemplateMetrics: Sendable {
    let alerts: Counter
    let looks: Counter
    let templates: Gauge
    let events: Counter

    init(_ metrics: Metrics) {
        alerts = metrics.counter(
            "till_notifier_template_alerts_total", help: "Templates that a person should look at.",
            labels: ["state"])
        looks = metrics.counter(
            "till_notifier_template_syncs_total", help: "Looks at a business account's templates.",
            labels: ["result"])
        templates = metrics.gauge(
            "till_notifier_templates", help: "Templates by their standing with Meta.", labels: ["state"])
        events = metrics.counter(
            "till_notifier_account_events_total", help: "Webhooks about accounts and templates.",
            labels: ["kind"])
    }
}
