// What a seller asked to charge, before it is clear for which merchant, and, of a request to pay, from whom. An order
// travels through questions whole, so nothing is parsed twice.
import Contracts
import Copy
import Money

struct Order: Sendable, Equatable, Codable {
    var charge: Charge
    /// A link to pass on, or a request that rings in the payer's bank app.
    var rail: PaymentType
    /// Of a request to pay, as far as it is known.
    var payer: TypedPayer?

    init(charge: Charge, rail: PaymentType = .qr, payer: TypedPayer? = nil) {
        self.charge = charge
        self.rail = rail
        self.payer = payer
    }

    /// The order that a command is; nil for a command that charges nothing.
    init?(_ command: Command) {
        switch command {
        case .pay(let charge): self.init(charge: charge)
        case .requestToPay(let charge, let payer): self.init(charge: charge, rail: .rtp, payer: payer)
        case .status, .today, .list, .cancel, .resend, .export, .merchant, .language, .help, .hello, .thanks:
            return nil
        }
    }

    /// What to type to order this again.
    var command: String {
        switch rail {
        case .qr: ChatCommand.pay(charge.amount, description: charge.description, tag: charge.tag)
        case .rtp:
            ChatCommand.requestToPay(
                charge.amount, phone: payer?.phone, name: payer?.name, description: charge.description,
                tag: charge.tag)
        }
    }
}

/// A payer's name as one seller at one bank wrote it, by phone. Personal data: never logged.
struct KnownPayer: Sendable, Equatable {
    /// Names kept for one seller; the one used longest ago makes room.
    static let countMax = 500

    var owner: Owner
    /// E.164 with its plus.
    var phone: String
    var name: String
}
