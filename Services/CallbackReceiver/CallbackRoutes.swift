// The public face: takes a bank's word, keeps it, and says 200. It believes nothing and tells nothing: a
// stranger learns neither whether a path is known nor whether a signature was good.
import HTTPServer
import HTTPWire
import Observe
import Postgres
import Problem
import World

struct CallbackRoutes: Sendable {
    /// A callback has some 700 bytes. Above this it is not one.
    static let bodyBytesMax = 64 * 1024
    /// 32 random bytes in hex, as the gateway makes them.
    static let capabilityLength = 64

    let store: CallbackStore
    let world: World
    let log: Log
    let received: Counter
    /// Whether no stranger can have sent a body, as far as is known at hand: by bank and bytes.
    let isSigned: @Sendable (String, [UInt8]) -> Bool
    let pace = ArrivalPace()
    private let keptLines = LinePace(perSecond: 20, burst: 2_000)
    private let lostLines = LinePace()
    /// Of callbacks that a bank has signed: no stranger uses this up.
    private let banksLostLines = LinePace()

    var routes: Routes {
        var routes = Routes()
        routes.on("POST", "/callbacks/mia/{bankId}/{capability}", bodyBytesMax: Self.bodyBytesMax) {
            request in
            try await keep(request)
        }
        return routes
    }

    private func keep(_ request: HTTPRequest) async throws -> HTTPResponse {
        let began = world.monotonic()
        let bankId = request.parameter("bankId"), capability = request.parameter("capability")
        guard Self.isBankId(bankId), Self.isCapability(capability) else {
            received.add(1, ["misaddressed"])
            throw Problem(.notFound, code: "NOT_FOUND", toUser: "There is nothing here.")
        }
        guard pace.admits(now: began, bytes: request.body.count) else {
            received.add(1, ["overflow"])
            throw Problem(
                .unavailable, code: "NOT_KEPT", toUser: "Please send this again.", retryAfterSeconds: 2)
        }
        let id: String
        do { id = try await store.keep(bankId: bankId, capability: capability, body: request.body) } catch {
            // The bank does not repeat; the gateway's polling finds the outcome, so this costs seconds, not a
            // payment.
            received.add(1, ["lost"])
            log.line(
                .error, "callback.notKept", ["bankId": .id(bankId), "error": .name("\(type(of: error))")],
                at: isSigned(bankId, request.body) ? banksLostLines : lostLines)
            throw Problem(
                .unavailable, code: "NOT_KEPT", toUser: "Please send this again.", retryAfterSeconds: 2)
        }
        received.add(1, ["kept"])
        log.line(
            .info, "callback.kept",
            [
                "callbackId": .id(id), "bankId": .id(bankId), "bytes": .int(request.body.count),
                "ms": .ms(.nanoseconds(world.monotonic() - began)),
            ], at: keptLines)
        return .text(200, "OK")
    }

    static func isBankId(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    static func isCapability(_ text: String) -> Bool {
        text.utf8.count == capabilityLength
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
