// What is known of one thing that a program needs, its database say, and how long a probe waits to learn it. Whoever
// asks whether we are ready has a second by default (Kubernetes) and learns nothing from an answer that comes later,
// while a server that freezes answers nothing at all. So the look itself may take its time, one at once, and those who
// ask are told after a part of their second how long it has been silent. Pure: the clock is given.

/// One named check behind `/health/ready`.
struct ReadyCheck {
    /// What a look found is good for this long: probes never become load.
    static let keptNs: Int64 = 1_000_000_000
    /// How long who asks waits for a look: what is left of a probe's second is for the way and for a busy process.
    static let patienceNs: Int64 = 700_000_000

    enum Verdict: Equatable {
        case ok
        /// It was looked at, and it refuses, or cannot be reached.
        case failing
        /// Looks have ended in nothing since so long.
        case silent(forNs: Int64)
    }

    enum Step: Equatable {
        case say(Verdict)
        /// The caller makes the look, and reports `ended`; who asks waits until then, or until this moment.
        case look(untilNs: Int64)
        /// Another asked before: as long as that one.
        case wait
    }

    private var known: (isOk: Bool, atNs: Int64)?
    private var sinceNs: Int64?
    /// When the first look began that ended in nothing, if all have since.
    private var silentFromNs: Int64?

    /// Somebody wants to know.
    mutating func asked(_ nowNs: Int64) -> Step {
        if let sinceNs { return nowNs - sinceNs < Self.patienceNs ? .wait : .say(verdict(nowNs)) }
        if let known, nowNs - known.atNs < Self.keptNs { return .say(verdict(nowNs)) }
        sinceNs = nowNs
        return .look(untilNs: nowNs + Self.patienceNs)
    }

    /// The look ended. One that found nothing in longer than anybody waits was given up, not refused.
    mutating func ended(isOk: Bool, _ nowNs: Int64) {
        let began = sinceNs ?? nowNs
        silentFromNs = isOk || nowNs - began < Self.patienceNs ? nil : silentFromNs ?? began
        known = (isOk, nowNs)
        sinceNs = nil
    }

    /// True while a look is under way.
    var isLooking: Bool { sinceNs != nil }

    /// What somebody is told who has waited.
    func verdict(_ nowNs: Int64) -> Verdict {
        if sinceNs == nil, known?.isOk == true { return .ok }
        guard let from = silentFromNs ?? sinceNs else { return .failing }
        return .silent(forNs: max(0, nowNs - from))
    }
}

extension ReadyCheck.Verdict {
    /// The line of the check's name in the answer: `ok`, `failing`, `failing: no answer for 2.3 s`.
    var line: String {
        switch self {
        case .ok: return "ok"
        case .failing: return "failing"
        case .silent(let span):
            let tenths = span / 100_000_000
            return "failing: no answer for \(tenths / 10).\(tenths % 10) s"
        }
    }
}
