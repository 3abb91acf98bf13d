// The bad days: faults that strike by themselves, and the single things that go wrong when somebody asks for
// them, such as a thousand messages in one POST, a webhook delivered again, a person with another number.

import HTTPServer
import HTTPWire
import Problem
import World

struct FaultsAnswer: Codable, Sendable {
    var faults: [Fault]
}

/// `POST /sandbox/v1/faults`: one fault, and the seed of the lots where it has a rate.
struct FaultRequest: Codable, Sendable {
    var seed: UInt64?
}

/// `POST /sandbox/v1/webhooks`: messages that travel in one POST.
struct BatchRequest: Codable, Sendable {
    struct Message: Codable, Sendable {
        var phone: String
        var text: String
        var timestamp: Int64?
    }
    static let messagesMax = 1_000
    /// Meta's bound for a webhook is 3 MB; a little more shows what happens beyond it.
    static let padBytesMax = 4_000_000

    var messages: [Message]
    /// Bytes of a field that nobody reads, to make the POST as large as Meta allows.
    var padBytes: Int?
    var signature: Postman.Signature?
}

struct BatchAnswer: Codable, Sendable {
    var messageIds: [String]
    var bytes: Int
    /// What the business answered; 0 for no answer.
    var status: Int
}

struct RedeliverRequest: Codable, Sendable {
    var messageId: String
}

struct NumberRequest: Codable, Sendable {
    var to: String
    var announced: MetaCloud.Announcement?
}

struct IdentityRequest: Codable, Sendable {
    /// Somebody else holds the number now; otherwise the same person has another phone.
    var isAnother: Bool?
    /// A system message says so; otherwise only the next message or status shows it.
    var announced: Bool?
}

struct PhoneAnswer: Codable, Sendable {
    var phone: String
}

struct TroubleRoutes: Sendable {
    let stage: Stage

    func add(to routes: inout Routes) {
        routes.on("GET", "/sandbox/v1/faults") { _ in .encoding(200, FaultsAnswer(faults: stage.faultsSet)) }
        routes.on("POST", "/sandbox/v1/faults") { request in
            let fault = try request.decode(Fault.self), seed = try request.decode(FaultRequest.self).seed
            try fault.check()
            return .encoding(200, FaultsAnswer(faults: try stage.set(fault, seed: seed)))
        }
        routes.on("DELETE", "/sandbox/v1/faults") { _ in
            .encoding(200, FaultsAnswer(faults: try stage.set(nil)))
        }
        routes.on("POST", "/sandbox/v1/webhooks", bodyBytesMax: 8 << 20) { try await post($0) }
        routes.on("POST", "/sandbox/v1/phones/{e164}/redeliver") { request in
            let phone = try PhoneRoutes.phone(request)
            guard stage.redeliver(try request.decode(RedeliverRequest.self).messageId) else {
                throw Problem(
                    .notFound, code: "MESSAGE_UNKNOWN", toUser: "Nobody here wrote that message lately.")
            }
            return .encoding(200, PhoneAnswer(phone: phone))
        }
        routes.on("POST", "/sandbox/v1/phones/{e164}/number") { try changeNumber($0) }
        routes.on("POST", "/sandbox/v1/phones/{e164}/identity") { try changeIdentity($0) }
    }

    private func post(_ request: HTTPRequest) async throws -> HTTPResponse {
        let asked = try request.decode(BatchRequest.self)
        guard (1...BatchRequest.messagesMax).contains(asked.messages.count),
            (0...BatchRequest.padBytesMax).contains(asked.padBytes ?? 0)
        else {
            throw Problem(
                .invalid, code: "BATCH_INVALID",
                toUser: "A POST has 1 to 1000 messages and at most 4 MB more.")
        }
        var batch: [(phone: String, text: String, stamped: Timestamp?)] = []
        for message in asked.messages {
            guard let phone = E164.normalised(message.phone),
                (1...OutboundReader.textMax).contains(message.text.utf16.count)
            else {
                throw Problem(
                    .invalid, code: "BATCH_INVALID", toUser: "A message needs an E.164 phone and a text.")
            }
            batch.append((phone, message.text, message.timestamp.map { Timestamp(seconds: $0) }))
        }
        let done = await stage.say(
            batch: batch, padding: asked.padBytes ?? 0, signature: asked.signature ?? .right)
        return .encoding(200, BatchAnswer(messageIds: done.ids, bytes: done.bytes, status: done.status))
    }

    private func changeNumber(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let old = try PhoneRoutes.phone(request), asked = try request.decode(NumberRequest.self)
        guard let new = E164.normalised(asked.to) else {
            throw Problem(.invalid, code: "PHONE_INVALID", toUser: "The field to needs an E.164 number.")
        }
        let isDone = stage.atMeta { cloud in
            let effects = cloud.changeNumber(
                of: old, to: new, announced: asked.announced ?? .both, world: stage.world)
            return (effects != nil, effects ?? [])
        }
        guard isDone else {
            throw Problem(
                .conflict, code: "NUMBER_TAKEN",
                toUser: "The old number has never written, or the new one is in use.")
        }
        return .encoding(200, PhoneAnswer(phone: new))
    }

    private func changeIdentity(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let phone = try PhoneRoutes.phone(request), asked = try request.decode(IdentityRequest.self)
        let isDone = stage.atMeta { cloud in
            let effects = cloud.changeIdentity(
                of: phone, isAnother: asked.isAnother ?? false, announced: asked.announced ?? true,
                world: stage.world)
            return (effects != nil, effects ?? [])
        }
        guard isDone else {
            throw Problem(.notFound, code: "PHONE_UNKNOWN", toUser: "This phone has never written.")
        }
        return .encoding(200, PhoneAnswer(phone: phone))
    }
}
