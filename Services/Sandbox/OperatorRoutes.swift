// What a person at Meta or at a bank sees and decides: templates under review, the files that were sent, the
// books of both sides.

import HTTPServer
import HTTPWire
import Problem
import World

/// A template as the page and tests see it.
struct TemplateView: Codable, Sendable {
    var id: String
    var name: String
    var language: String
    var category: String
    var status: TemplateStatus
    var reason: String

    init(_ entry: TemplateEntry) {
        id = String(entry.id)
        name = entry.name
        language = entry.language
        category = entry.category
        status = entry.status
        reason = entry.reason
    }
}

struct TemplatesAnswer: Codable, Sendable {
    var review: TemplateBoard.Review
    var templates: [TemplateView]
}

/// `POST /sandbox/v1/templates/{name}/{language}`.
struct TemplateDecision: Codable, Sendable {
    var status: TemplateStatus?
    var reason: String?
    var category: String?
}

struct ReviewRequest: Codable, Sendable {
    var review: TemplateBoard.Review
}

/// The books of the fakes: what they have seen, whatever the business believes.
struct LedgerAnswer: Codable, Sendable {
    struct Bank: Codable, Sendable {
        /// Payments by status.
        var payments: [String: Int]
        /// Hundredths by currency of what was paid.
        var paid: [String: Int64]
    }
    var meta: MetaLedger
    var bank: Bank
}

struct OperatorRoutes: Sendable {
    let stage: Stage

    func add(to routes: inout Routes) {
        routes.on("GET", "/sandbox/v1/templates") { _ in templates() }
        routes.on("POST", "/sandbox/v1/templates/{name}/{language}") { try decide($0) }
        routes.on("PUT", "/sandbox/v1/templates") { request in
            let review = try request.decode(ReviewRequest.self).review
            stage.atMeta { cloud in
                cloud.setReview(review)
                return ((), [])
            }
            return templates()
        }
        routes.on("GET", "/sandbox/v1/media/{mediaId}") { request in
            let id = request.parameter("mediaId"), now = stage.world.now()
            guard let file = stage.atMeta({ ($0.file(id, now: now), []) }) else {
                throw Problem(.notFound, code: "MEDIA_UNKNOWN", toUser: "There is no such file any more.")
            }
            return MediaRoutes.download(file)
        }
        routes.on("GET", "/sandbox/v1/ledger") { _ in ledger() }
    }

    private func templates() -> HTTPResponse {
        let (review, entries) = stage.atMeta { (($0.templates.review, $0.templates.listed), []) }
        return .encoding(200, TemplatesAnswer(review: review, templates: entries.map(TemplateView.init)))
    }

    private func decide(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let asked = try request.decode(TemplateDecision.self), now = stage.world.now()
        let name = request.parameter("name"), language = request.parameter("language")
        let isDone = stage.atMeta { cloud in
            let effects = cloud.decideTemplate(
                name, language, status: asked.status, reason: asked.reason,
                category: asked.category?.uppercased(), now: now)
            return (effects != nil, effects ?? [])
        }
        guard isDone else {
            throw Problem(
                .notFound, code: "TEMPLATE_UNKNOWN", toUser: "The account has no such template.")
        }
        return templates()
    }

    private func ledger() -> HTTPResponse {
        let meta = stage.atMeta { ($0.ledger, []) }
        var bank = LedgerAnswer.Bank(payments: [:], paid: [:])
        for payment in stage.askBank({ $0.newest(FakeBank.paymentsMax) }) {
            bank.payments[payment.status.rawValue, default: 0] += 1
            if payment.status == .success { bank.paid[payment.currency, default: 0] += payment.hundredths }
        }
        return .encoding(200, LedgerAnswer(meta: meta, bank: bank))
    }
}
