// How the page and other programs drive the sandbox: /sandbox/v1. Test data only, no token; the sandbox
// listens on loopback and refuses to run in production.

import HTTPServer
import HTTPWire
import JSONWire
import Problem
import World

/// `POST /sandbox/v1/phones/{e164}/say`.
struct SayRequest: Codable, Sendable {
    var text: String
    /// Unix seconds; may lie in the past, so that the 24-hour window is closed.
    var timestamp: Int64?
    /// How much of the person Meta shows: both, phone or hidden.
    var identity: IdentityShown?
    /// The message that this one answers.
    var replyTo: String?
}

/// `POST /sandbox/v1/phones/{e164}/tap`.
struct TapRequest: Codable, Sendable {
    var messageId: String
    var rowId: String
    var timestamp: Int64?
}

/// `POST /sandbox/v1/phones/{e164}/card`: a card of the address book.
struct CardRequest: Codable, Sendable {
    /// As on the card, in any spelling.
    var name: String
    var phone: String
}

/// Answer to all three: the id of the message that was written, under its two names.
struct SaidAnswer: Codable, Sendable {
    var messageId: String
    var wamid: String
}

struct SellersAnswer: Codable, Sendable {
    struct Business: Codable, Sendable {
        var name: String
        var phoneNumberId: String
        var displayPhoneNumber: String
    }
    var business: Business
    var sellers: [DemoSeller]
}

struct ActivityAnswer: Codable, Sendable {
    var cursor: Int64
    var lines: [ActivityLine]
}

struct PhoneRoutes: Sendable {
    let stage: Stage

    func add(to routes: inout Routes) {
        routes.on("GET", "/sandbox/v1/sellers") { _ in sellers() }
        routes.on("POST", "/sandbox/v1/phones/{e164}/say") { try say($0) }
        routes.on("POST", "/sandbox/v1/phones/{e164}/tap") { try tap($0) }
        routes.on("POST", "/sandbox/v1/phones/{e164}/card") { try sendCard($0) }
        routes.on("GET", "/sandbox/v1/phones/{e164}/chat") { try chat($0) }
        routes.on("GET", "/sandbox/v1/activity") { request in
            let found = stage.activity.after(Self.number(request, "after") ?? 0)
            return .encoding(200, ActivityAnswer(cursor: found.cursor, lines: found.lines))
        }
        routes.on("GET", "/sandbox/v1/requests") { request in
            .json(
                200,
                stage.requestList(
                    service: try Self.service(request), after: Self.number(request, "after") ?? 0,
                    limit: Int(clamping: Self.number(request, "limit") ?? Int64(Stage.requestsMax))))
        }
    }

    static func number(_ request: HTTPRequest, _ name: String) -> Int64? {
        request.query(name).flatMap { Int64(jsonDigits: $0.utf8) }.map { max(0, $0) }
    }

    private static func service(_ request: HTTPRequest) throws(Problem) -> String? {
        switch request.query("service") ?? "" {
        case "": return nil
        case "meta", "graph", "whatsapp": return "meta"
        case "bank", "mia", "miapos": return "bank"
        default:
            throw Problem(.invalid, code: "SERVICE_UNKNOWN", toUser: "The query service takes meta or bank.")
        }
    }

    static func phone(_ request: HTTPRequest) throws(Problem) -> String {
        guard let phone = E164.normalised(request.parameter("e164")) else {
            throw Problem(.invalid, code: "PHONE_INVALID", toUser: "The path needs an E.164 number.")
        }
        return phone
    }

    private func sellers() -> HTTPResponse {
        let number = stage.config.number
        return .encoding(
            200,
            SellersAnswer(
                business: .init(
                    name: number.name, phoneNumberId: number.phoneNumberId,
                    displayPhoneNumber: number.displayPhoneNumber),
                sellers: stage.config.sellers))
    }

    private func say(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let phone = try Self.phone(request), asked = try request.decode(SayRequest.self)
        guard (1...OutboundReader.textMax).contains(asked.text.utf16.count) else {
            throw Problem(.invalid, code: "TEXT_INVALID", toUser: "A message has 1 to 4096 characters.")
        }
        let id = stage.say(
            asked.text, on: phone, stamped: asked.timestamp.map { Timestamp(seconds: $0) },
            shown: asked.identity, replyTo: asked.replyTo)
        return .encoding(200, SaidAnswer(messageId: id, wamid: id))
    }

    private func tap(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let phone = try Self.phone(request), asked = try request.decode(TapRequest.self)
        let id = stage.tap(
            asked.rowId, of: asked.messageId, on: phone,
            stamped: asked.timestamp.map { Timestamp(seconds: $0) })
        guard let id else {
            throw Problem(.notFound, code: "ROW_UNKNOWN", toUser: "No message on this phone offers that row.")
        }
        return .encoding(200, SaidAnswer(messageId: id, wamid: id))
    }

    private func sendCard(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let phone = try Self.phone(request), asked = try request.decode(CardRequest.self)
        guard (1...200).contains(asked.name.utf16.count), (1...40).contains(asked.phone.utf16.count) else {
            throw Problem(
                .invalid, code: "CARD_INVALID",
                toUser: "A card has a name of 1 to 200 and a phone of 1 to 40.")
        }
        let id = stage.sendCard(name: asked.name, cardPhone: asked.phone, on: phone)
        return .encoding(200, SaidAnswer(messageId: id, wamid: id))
    }

    private func chat(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let number = try Self.phone(request), now = stage.world.now()
        // A phone that has never been used has an empty chat.
        let phone = stage.phone(number) ?? FakePhone(phone: number, name: "WhatsApp user")
        let limit = Self.number(request, "limit").map { Int(clamping: $0) } ?? FakePhone.bubblesMax
        return .json(
            200,
            phone.chat(
                known: Self.number(request, "revision"), limit: limit, typing: phone.isTyping(at: now),
                windowOpen: phone.windowIsOpen(at: now)))
    }
}
