// Sellers, messages and decisions for the tests of the decision core. No database, no HTTP.
import Contracts
import Copy
import Money
import Problem
import Testing
import WhatsApp
import World

@testable import CommandRouter

func merchant(
    _ id: String, _ name: String, _ currency: Currency = .mdl, limit: Int64? = nil, rtp: Bool = false
)
    -> MerchantRecord
{
    MerchantRecord(
        merchantId: id, name: name, currency: currency, country: "MD",
        terminals: [TerminalRecord(terminalId: "T" + id, paymentTypes: rtp ? [.rtp] : [.qr])],
        limits: MerchantLimits(perPayment: limit))
}

func record(
    _ bank: String, _ merchants: [MerchantRecord], _ status: SellerRecord.Status = .active,
    _ locale: Language = .ro
) -> SellerRecord {
    SellerRecord(
        posUserId: "pos-" + bank, status: status, locale: locale, merchants: merchants,
        bank: BankRecord(bankId: bank, name: bank == "moldbank" ? "Moldbank" : "Codrubank"))
}

let one = Seller(answers: [
    .known(record("moldbank", [merchant("128", "Cafeneaua Veche")])), .unknown,
])
let two = Seller(answers: [
    .known(record("moldbank", [merchant("129", "Flori Moldova")], .active, .ru)),
    .known(record("codrubank", [merchant("310", "Librăria Codru")], .active, .ru)),
])

let start = Timestamp(seconds: 1_790_000_000)

func message(
    _ content: Incoming.Content, key: String = "in_0123456789abcdef0123456789abcdef", at: Timestamp = start,
    heardAt: Timestamp? = nil
)
    -> Incoming
{
    Incoming(
        content: content, key: key, wamid: "wamid.X",
        conversation: Conversation(phoneNumberId: "800", peer: "37369000001"), phone: "+37369000001",
        fallbackLanguage: .ro, now: at, heardAt: heardAt ?? at)
}

func decide(
    _ text: String, _ seller: Seller? = one, _ memory: ConversationMemory = ConversationMemory()
)
    -> Decision
{
    Decision.on(message(.text(text)), from: seller, remembering: memory)
}

func text(_ decision: Decision) -> String? {
    if case .reply(.text(let text)) = decision.action { text } else { nil }
}

func planned(_ decision: Decision) -> ChargePlan? {
    if case .charge(let plan) = decision.action { plan } else { nil }
}

func rows(_ decision: Decision) -> [ListRow] {
    if case .reply(.list(_, _, let rows)) = decision.action { rows } else { [] }
}
