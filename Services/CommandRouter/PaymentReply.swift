// From the gateway's answer to the words a seller reads. Every documented code has its sentence; trouble on
// the way to the gateway has none, because then the message is worked on again instead.
import Contracts
import Copy
import Money
import Problem
import World

/// What came of asking for a payment.
enum GatewayAnswer: Sendable, Equatable {
    case opened(PaymentView)
    case refused(Problem)
}

enum PaymentReply {
    /// The reply to a seller, and the moment after which it is worthless. The same view gives the same reply
    /// whenever it is made: the link's life is counted from the payment's own times, not from a clock.
    static func content(
        _ answer: GatewayAnswer, _ plan: ChargePlan, _ language: Language
    ) -> (content: MessageContent, notAfter: Timestamp?) {
        switch answer {
        case .opened(let view):
            guard let link = view.link else { return (.text(Catalogue.text(.bankSilent, language)), nil) }
            let seconds = view.expiresAt.map { $0.seconds - view.createdAt.seconds }
            let minutes = seconds.map { Int(($0 + 30) / 60) }
            let bubble = LinkBubble(
                amount: view.amount, merchant: plan.namesMerchant ? plan.till.merchant.name : nil,
                description: view.description, tag: view.tag, minutes: minutes)
            return (
                .link(body: bubble.body(language), button: bubble.button(language), url: link), view.expiresAt
            )
        case .refused(let problem):
            return (.text(text(problem.code, plan.till, language)), nil)
        }
    }

    /// Whether the gateway's refusal is an answer. Everything else, trouble on the way or with our own
    /// credential, means that we do not know, and the same request is made again with the same key.
    static func isAnswer(_ problem: Problem) -> Bool {
        if problem.code == "RAIL_UNAVAILABLE" { return true }
        if problem.code.hasPrefix("PEER_") || problem.kind == .unauthenticated { return false }
        return !problem.isRetryable
    }

    private static func text(_ code: String, _ till: Till, _ language: Language) -> String {
        switch code {
        case "SELLER_BLOCKED": Catalogue.text(.sellerBlocked, language, [.bank: till.bank.name])
        case "MERCHANT_DISABLED": Catalogue.text(.merchantDisabled, language, [.merchant: till.merchant.name])
        case "RAIL_UNAVAILABLE": Catalogue.text(.bankSilent, language)
        case "RAIL_REFUSED", "AMOUNT_OUT_OF_RANGE", "SELLER_UNKNOWN", "MERCHANT_UNKNOWN":
            Catalogue.text(.bankRefused, language)
        default: Catalogue.text(.tryAgain, language)
        }
    }
}
