// What we do about each error code of the Cloud API, as data. Codes come in answers and in `failed` statuses
// alike, and only the code decides: Meta says that titles and HTTP statuses may change.

/// The reaction to one code.
package struct GraphErrorReaction: Sendable, Hashable {
    package enum Action: String, Sendable, CaseIterable {
        /// Try again in seconds, doubling, with jitter.
        case retrySoon
        /// Try again in minutes: maintenance, downtime.
        case retryInMinutes
        /// Try again in tens of minutes: hourly quotas.
        case retrySlowly
        /// This pair of numbers talks too fast: 4^attempt seconds; nobody else is concerned.
        case retryPair
        /// The window is closed: mark it so and send the template once.
        case useTemplate
        /// The template in this language cannot be used: another language or a spare one, else hold.
        case useOtherTemplate
        /// This recipient must be addressed by phone.
        case usePhone
        /// Permanent for this message.
        case drop
        /// Nothing can be sent with this number or account until a person has acted.
        case suspend
        /// The person may not be who they were: no money commands until verified anew.
        case blockIdentity
    }

    /// When an operator hears of it.
    package enum Alert: String, Sendable, CaseIterable { case never, afterRetries, now }

    package let action: Action
    package let alert: Alert
    /// True when our own request was wrong: the same request will fail for ever, and someone has to mend the
    /// program.
    package let isOurBug: Bool

    package init(_ action: Action, alert: Alert = .never, isOurBug: Bool = false) {
        self.action = action
        self.alert = alert
        self.isOurBug = isOurBug
    }

    /// True for the actions that send the same message again.
    package var isRetryable: Bool {
        switch action {
        case .retrySoon, .retryInMinutes, .retrySlowly, .retryPair: true
        case .useTemplate, .useOtherTemplate, .usePhone, .drop, .suspend, .blockIdentity: false
        }
    }

    /// Seconds before attempt number `attempt` + 1 (`attempt` failures so far, from 1), jitter not included;
    /// at most an hour. Nil when the message is not sent again.
    package func delaySeconds(afterAttempt attempt: Int) -> Int? {
        let power = min(max(attempt, 1) - 1, 12)
        switch action {
        case .retrySoon: return min(2 << power, 300)
        case .retryInMinutes: return min(60 << power, 900)
        case .retrySlowly: return min(600 << power, 3600)
        case .retryPair: return min(1 << (2 * min(power, 6)), 3600)
        case .useTemplate, .useOtherTemplate, .usePhone, .drop, .suspend, .blockIdentity: return nil
        }
    }

    /// The reaction to `code`; `httpStatus` is asked only where the code is unknown or missing (0 as HTTP
    /// status: the code came in a webhook).
    package static func reaction(to code: Int?, httpStatus: Int) -> GraphErrorReaction {
        if let code {
            if let row = table[code] { return row }
            if (200...299).contains(code) { return GraphErrorReaction(.suspend, alert: .now) }
        }
        if httpStatus == 429 { return GraphErrorReaction(.retrySoon, alert: .afterRetries) }
        if (500...599).contains(httpStatus) { return GraphErrorReaction(.retrySoon, alert: .afterRetries) }
        if httpStatus == 401 { return GraphErrorReaction(.suspend, alert: .now) }
        return GraphErrorReaction(.drop, alert: .now)
    }
}

extension GraphErrorReaction {
    /// One row per known code.
    package static let table: [Int: GraphErrorReaction] = {
        var rows: [Int: GraphErrorReaction] = [:]
        func put(_ codes: [Int], _ action: Action, _ alert: Alert = .never, bug: Bool = false) {
            for code in codes { rows[code] = GraphErrorReaction(action, alert: alert, isOurBug: bug) }
        }
        put([1, 131000], .retrySoon, .afterRetries)
        put([130429, 131016], .retrySoon)
        put([131036], .retrySoon, .afterRetries)
        put([2, 131057, 133004, 2_494_100], .retryInMinutes)
        put([4, 80007, 80008], .retrySlowly, .afterRetries)
        put([131056], .retryPair)
        put([131047], .useTemplate)
        put([132001, 132015, 132016], .useOtherTemplate, .now)
        put([131062], .usePhone)
        put([137000], .blockIdentity, .now)
        // Token, permission, account, payment method, registration: nothing goes out until a person acts.
        put([0, 3, 10, 33, 104, 190, 368, 131005, 131031, 131037, 131042, 131045], .suspend, .now)
        put([131048, 131063, 131064, 134011], .suspend, .now)
        put([133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016], .suspend, .now)
        // The person or the moment: this message is over, others are not concerned.
        put([130403, 130472, 131021, 131026, 131030, 131041, 131049, 131050], .drop)
        put([131051, 131052, 131053, 131055, 131059, 131060], .drop)
        put([130497, 131035, 132007, 132068, 132069, 134100, 134101, 134102], .drop, .now)
        // We wrote something that Meta does not accept.
        put([100, 131008, 131009, 132000, 132005, 132012, 132018, 135000], .drop, .now, bug: true)
        put([2_388_019, 2_388_039, 2_388_040, 2_388_047, 2_388_072, 2_388_073], .drop, .now, bug: true)
        put([2_388_293, 2_388_299], .drop, .now, bug: true)
        return rows
    }()
}
