// The bank's token endpoint: the only place where a merchant's secret key leaves this process, over the
// rail's own connection. Every way it can fail becomes RAIL_UNAVAILABLE with the operator's part kept here.
import Contracts
import HTTPClient
import HTTPWire
import Mia
import Observe
import Problem
import Sealing
import World

/// Asks a rail for tokens.
struct RailTokenClient: Sendable {
    let http: HTTPClient
    let world: World
    let log: Log
    let timeout: Duration
    let seconds: Histogram

    /// Longer lives are cut: a token is a bearer secret in our memory.
    private static let lifeMax: Int64 = 86_400
    private static let answerBytesMax = 64 * 1024

    func token(_ key: TokenCache.Key, secret: Secret) async throws -> AccessToken {
        guard let url = HTTPURL(key.ecommBaseUrl), let text = secret.revealText() else {
            throw unavailable(.badGateway, "stored base URL or secret is not usable", retryAfter: nil)
        }
        let asked = world.now(), began = world.monotonic()
        let request = ClientRequest(
            method: "POST", url: url, target: MiaPath.token,
            headers: ["content-type": "application/json", "accept": "application/json"],
            body: MiaTokenRequest(merchantId: key.railMerchantId, secretKey: text).bytes, peer: "rail",
            answerBytesMax: Self.answerBytesMax)
        let answer: HTTPResponse
        do { answer = try await http.send(request, timeout: timeout) } catch {
            log.warn("rail.unreachable", ["merchantId": .id(key.merchantId), "failure": .name(error.word)])
            throw unavailable(.unavailable, "token: \(error)", retryAfter: 5)
        }
        let took = Duration.nanoseconds(world.monotonic() - began)
        seconds.observe(took)
        guard answer.status == 200 else { throw refusal(answer.status, key) }
        do {
            let parsed = try MiaTokenAnswer(parsing: answer.body)
            log.info("token.fetched", ["merchantId": .id(key.merchantId), "ms": .ms(took)])
            // Counted from before the call: the rail's clock started no later than its answer.
            return AccessToken(
                accessToken: parsed.accessToken,
                expiresAt: asked.advanced(by: .seconds(min(parsed.accessTokenExpiresIn, Self.lifeMax))),
                ecommBaseUrl: key.ecommBaseUrl)
        } catch {
            throw unavailable(.badGateway, "token answer: \(error)", retryAfter: 5)
        }
    }

    private func refusal(_ status: Int, _ key: TokenCache.Key) -> Problem {
        switch status {
        case 400, 401, 403:
            // Ours to fix: the secret was rotated at the bank, or the merchant is closed there.
            log.error(
                "rail.credentialsRefused", ["merchantId": .id(key.merchantId), "status": .int(status)])
            return unavailable(.badGateway, "token: \(status)", retryAfter: nil)
        case 429: return unavailable(.unavailable, "token: 429", retryAfter: 10)
        default:
            return unavailable(status >= 500 ? .unavailable : .badGateway, "token: \(status)", retryAfter: 5)
        }
    }

    private func unavailable(_ kind: Problem.Kind, _ why: String, retryAfter: Int?) -> Problem {
        Problem(
            kind, code: "RAIL_UNAVAILABLE",
            toUser: "The bank's payment system does not answer at the moment.",
            toOperator: why, retryAfterSeconds: retryAfter)
    }
}
