// POST /v{n}.0/{phone-number-id}/messages as the Cloud API takes it. What a body means is in
// OutboundReader.swift and MetaCloud.swift; here are only the token, the path and the shape of the answers.

import HTTPServer
import HTTPWire
import JSONWire
import Sealing
import World

struct CloudRoutes: Sendable {
    /// The Cloud API takes far less; this refuses what nobody means.
    static let bodyBytesMax = 256 * 1024

    let stage: Stage
    private var gate: CloudGate { CloudGate(stage: stage) }

    func add(to routes: inout Routes) {
        routes.on("POST", "/{version}/{nodeId}/messages", bodyBytesMax: Self.bodyBytesMax) { request in
            try await gate.answer(request, at: .messages, phone: recipient(of: request.body)) {
                fault throws(GraphError) in
                try gate.checkNumber(request)
                return .json(200, body(of: try stage.send(request.body, fault: fault)))
            }
        }
    }

    /// Whom a message goes to, for faults that strike one person.
    private func recipient(of body: [UInt8]) -> String? {
        guard stage.faultsSet.contains(where: { $0.phone != nil }) else { return nil }
        return (try? JSONValue(parsing: body))?["to"]?.filledText.flatMap(E164.normalised)
    }

    private func body(of answer: MetaCloud.Answer) -> [UInt8] {
        var json = JSONWriter()
        switch answer {
        case .success: json.object { $0.member("success", true) }
        case .accepted(let input, let waId, let userId, let messageId):
            json.object { root in
                root.member("messaging_product", "whatsapp")
                root.member(
                    "contacts",
                    array: { contacts in
                        contacts.object { contact in
                            contact.member("input", input)
                            contact.member("wa_id", ifAny: waId)
                            contact.member("user_id", ifAny: userId)
                        }
                    })
                root.member(
                    "messages",
                    array: { messages in
                        messages.object { message in
                            message.member("id", messageId)
                            message.member("message_status", "accepted")
                        }
                    })
            }
        }
        return json.bytes
    }
}

/// What stands before every route of the Graph API: version, token, the faults of the place, the envelope.
struct CloudGate: Sendable {
    let stage: Stage

    /// Answers with what `respond` gives, or with the envelope of what it throws.
    func answer(
        _ request: HTTPRequest, at place: Fault.Place, phone: String? = nil,
        _ respond: (Fault.Kind?) throws(GraphError) -> HTTPResponse
    ) async throws -> HTTPResponse {
        try await stage.answer(
            request, at: place, service: "meta", phone: phone,
            refusals: Stage.Refusals(
                unavailable: refusal(.temporarilyDown()), throttled: refusal(.rateLimited()),
                unauthorized: refusal(.badToken()))
        ) { fault in
            do throws(GraphError) {
                try check(request)
                return try respond(fault)
            } catch {
                return refusal(error)
            }
        }
    }

    private func refusal(_ error: GraphError) -> HTTPResponse {
        .json(error.status, error.envelope(traceId: "A" + stage.world.hex(8)))
    }

    private func check(_ request: HTTPRequest) throws(GraphError) {
        let version = request.parameters["version"] ?? ""
        let isVersion =
            version.hasPrefix("v") && version.hasSuffix(".0") && Int(version.dropFirst().dropLast(2)) != nil
        guard isVersion else { throw .unknownPath() }
        guard let token = Bearer.token(request) else { throw .noToken() }
        guard stage.config.accessToken.matches(Array(token.utf8)) else { throw .badToken() }
    }

    func checkNumber(_ request: HTTPRequest) throws(GraphError) {
        guard request.parameters["nodeId"] == stage.config.number.phoneNumberId else { throw .noSuchNumber() }
    }

    func checkAccount(_ request: HTTPRequest) throws(GraphError) {
        guard request.parameters["nodeId"] == stage.config.number.wabaId else { throw .noObject() }
    }
}

/// The token of an Authorization header.
enum Bearer {
    static func token(_ request: HTTPRequest) -> String? {
        guard let value = request.headers.first("authorization"), value.utf8.count > 7,
            value.prefix(7).lowercased() == "bearer "
        else { return nil }
        return String(value.dropFirst(7))
    }
}
