// Trouble on demand: what the fakes do wrong, how often, and where. Every fault that a test or a story uses
// has a name here and is set over the sandbox's own routes, never by the request that is to suffer it.

import Problem
import World

/// One kind of trouble at one place.
package struct Fault: Codable, Sendable, Equatable {
    /// Where it strikes.
    package enum Place: String, Codable, Sendable, CaseIterable {
        /// What is asked of a bank.
        case token, pay, rtp, payment, publicKey
        /// What is asked of Meta.
        case messages, media, templates
        /// What leaves here: a person's message, a status of a message, a bank's callback.
        case webhook, status, callback
    }

    /// What happens there.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// Nothing is done and 503 is answered (Meta: 131016).
        case unavailable
        /// Nothing is done and too many requests are complained of: 429 at a bank, 130429 at Meta.
        case throttled
        /// Nothing is done, as though the token had run out: 401.
        case unauthorized
        /// Everything is done, `delayMs` late.
        case slow
        /// Everything is done and a gateway on the way answers 502 in its place.
        case broken
        /// Everything is done at once and the answer is held back for `delayMs`, longer than anyone waits. Of
        /// a callback: it is never sent.
        case lost
        /// Meta only: refused with 131047 although the person wrote a minute ago.
        case windowClosed
        /// Meta only: accepted, and a moment later failed with 131047.
        case windowClosedLater
        /// Meta only: accepted, and a moment later failed with 137000.
        case identityChanged
        /// Meta only: refused with 131056, too many to one person.
        case pairLimited
        /// Meta only: the statuses arrive before the answer, which is `delayMs` late.
        case statusFirst
        /// Sent twice at the same time.
        case duplicate
        /// Sent `delayMs` late, so that what comes after it overtakes it.
        case reorder
        /// A webhook's first try is signed with a stranger's secret; Meta's retry is right.
        case wrongSignature
        /// A callback: signed by a key that is not the bank's.
        case forged
        /// A callback: its amount was changed after it was signed.
        case tampered
        /// A callback: signed by the bank over another amount.
        case otherAmount
        /// A bank only: the server that does it is ten minutes ahead of all others. What it says of a moment is wrong
        /// by as much, and what it stamps with a deadline lives ten minutes longer.
        case clockAhead
        /// The same, ten minutes behind: a token is dead as it comes, a link three seconds later.
        case clockBehind

        /// How far the clock is off.
        var clockOff: Duration {
            switch self {
            case .clockAhead: .seconds(600)
            case .clockBehind: .seconds(-600)
            default: .zero
            }
        }
    }

    /// Longer than the longest timeout of any client of ours.
    package static let lostDelay = 75_000
    package static let delayMax = 300_000
    package static let timesMax = 100_000

    package var at: Place
    package var kind: Kind
    /// How many requests suffer it at most; 1 if missing, no bound with `perMille`.
    package var times: Int?
    package var delayMs: Int?
    /// Of a thousand requests so many suffer it, drawn from the seed; every one if missing.
    package var perMille: Int?
    /// Only at this bank.
    package var bankId: String?
    /// Only what goes to or comes from this person.
    package var phone: String?
    /// Only payments whose description holds this text.
    package var mention: String?

    package init(
        at: Place, kind: Kind, times: Int? = nil, delayMs: Int? = nil, perMille: Int? = nil,
        bankId: String? = nil, phone: String? = nil, mention: String? = nil
    ) {
        self.at = at
        self.kind = kind
        self.times = times
        self.delayMs = delayMs
        self.perMille = perMille
        self.bankId = bankId
        self.phone = phone
        self.mention = mention
    }

    /// How long the answer or the sending waits.
    package var delay: Duration {
        let standard: [Kind: Int] = [.lost: Self.lostDelay, .reorder: 400, .statusFirst: 700]
        return .milliseconds(delayMs ?? standard[kind] ?? 1_000)
    }

    /// Throws 400 `FAULT_INVALID` for figures out of range and for a kind that cannot happen at that place.
    func check() throws(Problem) {
        guard (1...Self.timesMax).contains(times ?? 1), (0...Self.delayMax).contains(delayMs ?? 0),
            (1...1_000).contains(perMille ?? 1)
        else {
            throw Problem(
                .invalid, code: "FAULT_INVALID",
                toUser: "times takes 1 to 100000, delayMs at most 300000, perMille 1 to 1000.")
        }
        guard Self.kinds(at: at).contains(kind) else {
            throw Problem(
                .invalid, code: "FAULT_INVALID",
                toUser: "\(kind.rawValue) cannot happen at \(at.rawValue).")
        }
    }

    /// What can go wrong at a place.
    package static func kinds(at place: Place) -> Set<Kind> {
        let anywhere: Set<Kind> = [.unavailable, .throttled, .unauthorized, .slow, .broken, .lost]
        return switch place {
        case .token, .pay, .rtp, .payment: anywhere.union([.clockAhead, .clockBehind])
        case .publicKey, .media, .templates: anywhere
        case .messages:
            anywhere.union([
                .windowClosed, .windowClosedLater, .identityChanged, .pairLimited, .statusFirst,
            ])
        case .webhook: [.duplicate, .reorder, .slow, .wrongSignature]
        case .status: [.duplicate, .reorder, .slow, .wrongSignature, .lost]
        case .callback:
            [.duplicate, .slow, .lost, .forged, .tampered, .otherAmount, .clockAhead, .clockBehind]
        }
    }
}

/// The faults that are set, and who draws the lots. The same seed and the same order of requests give the
/// same trouble.
struct Faults: Sendable {
    static let faultsMax = 64

    private struct Entry: Sendable {
        var fault: Fault
        let lots: SeededWorld
    }
    private var entries: [Entry] = []
    private var seed: UInt64

    init(seed: UInt64 = 1) { self.seed = seed }

    /// What is set now, in the order in which it was set.
    var all: [Fault] { entries.map(\.fault) }

    /// Replaces the same kind at the same place for the same bank, person and payments. False when there are too many.
    @discardableResult
    mutating func set(_ fault: Fault, seed: UInt64? = nil) -> Bool {
        if let seed { self.seed = seed }
        let salt = Fault.Place.allCases.firstIndex(of: fault.at) ?? 0
        let pepper = Fault.Kind.allCases.firstIndex(of: fault.kind) ?? 0
        let lots = SeededWorld(seed: self.seed &* 10_007 &+ UInt64(salt * 97 + pepper))
        let entry = Entry(fault: fault, lots: lots)
        let same = entries.firstIndex {
            $0.fault.at == fault.at && $0.fault.kind == fault.kind && $0.fault.bankId == fault.bankId
                && $0.fault.phone == fault.phone && $0.fault.mention == fault.mention
        }
        if let same {
            entries[same] = entry
        } else {
            guard entries.count < Self.faultsMax else { return false }
            entries.append(entry)
        }
        return true
    }

    mutating func clear() { entries = [] }

    /// 0 to 999.
    private static func lot(_ lots: SeededWorld) -> Int {
        lots.world.randomBytes(4).reduce(0) { $0 << 8 | Int($1) } % 1_000
    }

    /// The fault that this request suffers, counted down. The first one set wins.
    mutating func strike(
        _ place: Fault.Place, bankId: String? = nil, phone: String? = nil, description: String? = nil
    ) -> Fault? {
        for index in entries.indices {
            let fault = entries[index].fault
            guard fault.at == place, fault.bankId == nil || fault.bankId == bankId,
                fault.phone == nil || fault.phone == phone,
                fault.mention.map({ description?.contains($0) == true }) ?? true
            else { continue }
            if let perMille = fault.perMille, Self.lot(entries[index].lots) >= perMille {
                continue
            }
            if fault.times != nil || fault.perMille == nil {
                let left = (fault.times ?? 1) - 1
                entries[index].fault.times = left
                if left <= 0 { entries.remove(at: index) }
            }
            return fault
        }
        return nil
    }
}
