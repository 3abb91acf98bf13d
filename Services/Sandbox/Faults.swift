// Trouble on demand: what the fakes do wrong, how often, and where. Every fault that a test uses has a name
// here and is set over the sandbox's own routes, never by the request that is to suffer it.

import Problem

/// One kind of trouble at one place.
package struct Fault: Codable, Sendable, Equatable {
    /// Where it strikes.
    package enum Place: String, Codable, Sendable, CaseIterable {
        case token, pay, payment, publicKey, messages
    }

    /// What happens there.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// Nothing is done and 503 is answered.
        case unavailable
        /// Everything is done, `delayMs` late.
        case slow
        /// Everything is done at once and the answer is held back for `delayMs`, longer than anyone waits.
        case lost
    }

    /// Longer than the longest timeout of any client of ours.
    package static let lostDelay = 75_000
    package static let delayMax = 300_000
    package static let timesMax = 100_000

    package var at: Place
    package var kind: Kind
    /// How many requests suffer it; 1 if missing.
    package var times: Int?
    package var delayMs: Int?

    package init(at: Place, kind: Kind, times: Int? = nil, delayMs: Int? = nil) {
        self.at = at
        self.kind = kind
        self.times = times
        self.delayMs = delayMs
    }

    /// How long the answer waits.
    var delay: Duration { .milliseconds(delayMs ?? (kind == .lost ? Self.lostDelay : 1_000)) }

    func check() throws(Problem) {
        guard (1...Self.timesMax).contains(times ?? 1), (0...Self.delayMax).contains(delayMs ?? 0) else {
            throw Problem(
                .invalid, code: "FAULT_INVALID", toUser: "times takes 1 to 100000, delayMs at most 300000.")
        }
    }
}

/// The faults that are set, one for each place.
struct Faults: Sendable {
    private var byPlace: [Fault.Place: Fault] = [:]

    /// What is set now.
    var all: [Fault] { Fault.Place.allCases.compactMap { byPlace[$0] } }

    mutating func set(_ fault: Fault) { byPlace[fault.at] = fault }
    mutating func clear() { byPlace = [:] }

    /// The fault that this request suffers, counted down.
    mutating func strike(_ place: Fault.Place) -> Fault? {
        guard let fault = byPlace[place] else { return nil }
        let left = (fault.times ?? 1) - 1
        byPlace[place]?.times = left
        if left <= 0 { byPlace[place] = nil }
        return fault
    }
}
