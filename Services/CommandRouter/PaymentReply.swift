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

/// What is known of a payment beside the gateway's answer.
struct ReplyGround: Sendable, Equatable {
    var till: Till
    /// Whether the seller has other merchants too, so that the answer says which one this is for.
    var namesMerchant: Bool
    /// The name of whom a request to pay is for.
    var payer: String?
    /// What was ordered, as a command for a link, for when a request is not offered.
    var command: String?
    /// When it was asked for, where the payment may be older than that.
    var askedAt: Timestamp?
    /// Whether a button asked for it, which knows neither how the payment was to reach the payer nor how to write it.
    var isRenewal = false
}

extension ChargePlan {
    var ground: ReplyGround {
        ReplyGround(
            till: till, namesMerchant: namesMerchant, payer: payer?.name,
            command: Order(charge: charge).command)
    }
}

/// What is told, until when it is worth telling, and which payment it speaks of.
struct Told: Sendable, Equatable {
    var content: MessageContent
    var notAfter: Timestamp?
    /// A paymentId.
    var subject: String?
    /// Payments of which whatever else is yet to be told is not true any more.
    var ends: [String] = []

    /// The same for whoever has read another answer before: behind its first line, which begins a bubble that is passed
    /// on, stands that this one holds. Only a link has worked for certain: "not cancelled" is such an answer, too.
    func afterAll(_ language: Language) -> Told {
        func noted(_ text: String, _ note: SaleKey = .holdsNow) -> String {
            let end = text.firstRange(of: "\n\n")?.lowerBound ?? text.endIndex
            return text[..<end] + "\n\n" + Catalogue.text(note, language) + text[end...]
        }
        var told = self
        switch content {
        case .text(let text): told.content = .text(noted(text))
        case .list(let body, let button, let rows):
            told.content = .list(body: noted(body), button: button, rows: rows)
        case .link(let body, let button, let url):
            told.content = .link(body: noted(body, .afterAll), button: button, url: url)
        case .buttons(let body, let buttons): told.content = .buttons(body: noted(body), buttons: buttons)
        case .document, .outcome: break
        }
        return told
    }
}

enum PaymentReply {
    static func content(_ answer: GatewayAnswer, _ plan: ChargePlan, _ language: Language) -> Told {
        content(answer, plan.ground, language)
    }

    /// The reply to a seller, and the moment after which it is worthless. The same view gives the same reply
    /// whenever it is made: the link's life is counted from the payment's own times, not from a clock.
    static func content(_ answer: GatewayAnswer, _ ground: ReplyGround, _ language: Language) -> Told {
        switch answer {
        // Another link of the order was paid meanwhile: this one is shown to nobody.
        case .opened(let view) where view.supersededBy != nil:
            Told(content: .text(Catalogue.text(.resendPaid, language)), subject: view.paymentId)
        case .opened(let view) where view.rail == .rtp: request(view, ground, language)
        case .opened(let view): link(view, ground, language)
        case .refused(let problem): Told(content: .text(text(problem, ground, language)))
        }
    }

    private static func link(_ view: PaymentView, _ ground: ReplyGround, _ language: Language) -> Told {
        guard let link = view.link else {
            let words =
                view.status == .unknown
                ? Catalogue.text(.uncertainNote, language) : Catalogue.text(.bankSilent, language)
            return Told(content: .text(words), subject: view.paymentId)
        }
        // Of a link that was made for an earlier tap, what is left of its life.
        let from = max(view.createdAt, ground.askedAt ?? view.createdAt)
        let seconds = view.expiresAt.map { max(0, $0.seconds - from.seconds) }
        let minutes = seconds.map { $0 < 60 ? 0 : Int(($0 + 30) / 60) }
        let bubble = LinkBubble(
            amount: view.amount, merchant: ground.namesMerchant ? ground.till.merchant.name : nil,
            description: view.description, tag: view.tag, minutes: minutes)
        return Told(
            content: .link(body: bubble.body(language), button: bubble.button(language), url: link),
            notAfter: view.expiresAt, subject: view.paymentId)
    }

    /// A request that may be on somebody's phone is never made twice, and a lost answer is said to be lost.
    private static func request(_ view: PaymentView, _ ground: ReplyGround, _ language: Language) -> Told {
        let payer = ground.payer
        var parts = [AmountFormat(language).text(view.amount)]
        if ground.namesMerchant { parts.append(ground.till.merchant.name) }
        if let text = view.description { parts.append(text) }
        if let tag = view.tag { parts.append("#" + tag) }
        parts.append(view.reference)
        let note: String =
            switch view.status {
            case .registering, .unknown: uncertainRequest(payer, language)
            case .open, .pending, .paid, .partiallyRefunded, .refunded:
                payer.map { Catalogue.text(.requestSent, language, [.payer: $0]) }
                    ?? Catalogue.text(.requestSentAgain, language)
            case .failed: Catalogue.text(.receiptFailed, language)
            case .declined: Catalogue.text(.receiptDeclined, language)
            case .expired: Catalogue.text(.receiptRequestExpired, language)
            case .cancelled: Catalogue.text(.receiptCancelled, language)
            }
        return Told(
            content: .text(parts.joined(separator: " · ") + "\n\n" + note), subject: view.paymentId)
    }

    private static func uncertainRequest(_ payer: String?, _ language: Language) -> String {
        guard let payer else { return Catalogue.text(.requestUncertainNote, language) }
        return Catalogue.text(.requestUncertain, language, [.payer: payer])
    }

    /// Refusals that are answers although asking again later may succeed: the seller decides about that.
    private static let answersOfTheMoment: Set<String> = [
        "RAIL_UNAVAILABLE", "SELLER_TOO_FAST", "MERCHANT_TOO_FAST",
    ]

    /// Whether the gateway's refusal is an answer. Everything else, trouble on the way or with our own
    /// credential, means that we do not know, and the same request is made again with the same key.
    static func isAnswer(_ problem: Problem) -> Bool {
        if answersOfTheMoment.contains(problem.code) { return true }
        if problem.code.hasPrefix("PEER_") || problem.kind == .unauthenticated { return false }
        return !problem.isRetryable
    }

    private static func text(_ problem: Problem, _ ground: ReplyGround, _ language: Language) -> String {
        let till = ground.till
        func limit(_ minor: Int64?) -> String? {
            minor.map { AmountFormat(language).text(Money(minorUnits: $0, currency: till.merchant.currency)) }
        }
        switch problem.code {
        case "SELLER_BLOCKED": return Catalogue.text(.sellerBlocked, language, [.bank: till.bank.name])
        case "MERCHANT_DISABLED":
            return Catalogue.text(.merchantDisabled, language, [.merchant: till.merchant.name])
        case "RAIL_UNAVAILABLE" where ground.isRenewal: return Catalogue.text(.renewNotMade, language)
        case "RAIL_UNAVAILABLE" where ground.payer != nil: return Catalogue.text(.requestNotSent, language)
        case "RAIL_UNAVAILABLE": return Catalogue.text(.bankSilent, language)
        case "RAIL_NOT_OFFERED":
            guard let command = ground.command, ground.payer != nil else { fallthrough }
            return Catalogue.text(
                .requestToPayUnavailable, language, [.merchant: till.merchant.name, .command: command])
        case "RAIL_REFUSED", "AMOUNT_OUT_OF_RANGE", "CURRENCY_NOT_OFFERED", "BANK_UNKNOWN", "SELLER_UNKNOWN",
            "MERCHANT_UNKNOWN":
            if ground.isRenewal { return Catalogue.text(.renewRefused, language) }
            return ground.payer == nil
                ? Catalogue.text(.bankRefused, language) : Catalogue.text(.requestRefused, language)
        case "LIMIT_PER_PAYMENT":
            return limit(till.merchant.limits.perPayment).map {
                Catalogue.text(.amountOverLimit, language, [.limit: $0])
            } ?? Catalogue.text(.limitReached, language, [.merchant: till.merchant.name])
        case "LIMIT_PER_DAY":
            return limit(till.merchant.limits.perDay).map {
                Catalogue.text(.limitPerDay, language, [.limit: $0])
            } ?? Catalogue.text(.limitReached, language, [.merchant: till.merchant.name])
        case "SELLER_TOO_FAST":
            return Catalogue.text(.sellerTooFast, language, [.minutes: wait(problem, language)])
        case "MERCHANT_TOO_FAST":
            return Catalogue.text(
                .merchantTooFast, language,
                [.merchant: till.merchant.name, .minutes: wait(problem, language)])
        case "PAYER_NOT_REACHABLE": return Catalogue.text(.payerPhoneForeign, language)
        // Under this key a request with another name is out already: asking again would ring twice.
        case "IDEMPOTENCY_CONFLICT" where ground.payer != nil:
            return uncertainRequest(ground.payer, language)
        case "NOT_RENEWABLE": return Catalogue.text(.renewNotEnded, language)
        case "HANDLE_UNKNOWN": return Catalogue.text(.renewUnknown, language)
        case "HANDLE_SPENT": return Catalogue.text(.renewSpent, language)
        case "HANDLE_EXPIRED": return Catalogue.text(.renewExpired, language)
        default: return Catalogue.text(.tryAgain, language)
        }
    }

    /// Whole minutes, rounded up: nobody counts seconds in a shop.
    private static func wait(_ problem: Problem, _ language: Language) -> String {
        Catalogue.minutes(max(1, ((problem.retryAfterSeconds ?? 60) + 59) / 60), language)
    }
}
