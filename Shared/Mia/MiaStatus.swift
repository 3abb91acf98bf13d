// The status words of a miaPOS payment. What they mean for a payment of ours is decided by the service that
// owns it.

/// A payment's status at miaPOS. A word that is not known is kept, so that it can be seen and signed, and
/// means nothing.
package enum MiaStatus: Sendable, Hashable {
    /// Registered; the payer has not confirmed.
    case created
    /// The payer confirmed; the bank is processing.
    case pending
    case success, failed
    /// By the payer or by a bank.
    case declined
    /// The QR code timed out.
    case expired
    case unknown(String)

    /// The words of the API, final ones last.
    package static let known: [MiaStatus] = [.created, .pending, .success, .failed, .declined, .expired]

    /// Exact spelling, capitals; anything else is `unknown`.
    package init(_ word: String) {
        self = Self.known.first { $0.word == word } ?? .unknown(word)
    }

    /// The word on the wire.
    package var word: String {
        switch self {
        case .created: "CREATED"
        case .pending: "PENDING"
        case .success: "SUCCESS"
        case .failed: "FAILED"
        case .declined: "DECLINED"
        case .expired: "EXPIRED"
        case .unknown(let word): word
        }
    }

    /// True when the bank will never say another word about it. An unknown word is not final: it is asked
    /// about again.
    package var isFinal: Bool {
        switch self {
        case .created, .pending, .unknown: false
        case .success, .failed, .declined, .expired: true
        }
    }
}
