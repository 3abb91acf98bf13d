// What a story plays on: the sandbox for what people see and do, a broker and the gateway for what the bank and
// we have on record. Sellers of stories are enlisted here, one for each story, so that none disturbs another.
import Contracts
package import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPWire
import Money
import Sealing
package import World

/// A running stack, as stories need it.
package struct StoryStage: Sendable {
    package let sandbox: SandboxClient
    package let loop: EventLoop
    package let world: World
    private let brokers: [String: ServiceClient]
    private let gateway: ServiceClient

    package init(stack: Stack, tools: Commands.Tools) throws {
        let token = Secret(text: try stack.secrets.text("token-tillctl"))
        func client(_ key: String, peer: String) -> ServiceClient {
            guard let url = HTTPURL(stack.plan.url(key)) else {
                preconditionFailure("a loopback URL does not parse")
            }
            return ServiceClient(http: tools.http, baseURL: url, token: token, caller: "tillctl", peer: peer)
        }
        guard let url = HTTPURL(stack.plan.url("sandbox")) else {
            preconditionFailure("a loopback URL does not parse")
        }
        sandbox = SandboxClient(http: tools.http, base: url)
        loop = tools.loop
        world = tools.world
        brokers = Dictionary(
            uniqueKeysWithValues: zip(DemoCast.banks.map(\.bankId), ["capSvc", "capSvc2"]).map {
                ($0, client($1, peer: "cap-svc"))
            })
        gateway = client("gateway", peer: "ecomm-gateway")
    }

    // MARK: people

    /// The story's own phone: the same one in every telling.
    package static func phone(of story: String) -> String {
        let index = StoryBook.all.firstIndex { $0.name == story } ?? 0
        return "+3736903" + String(1_000 + index)
    }

    /// Where the seller of that phone goes when the number changes.
    func spareNumber(of phone: String) -> String {
        // Another one each time: a number that has been given up may have a chat already.
        let digits = String(world.now().microseconds % 10_000 + 10_000).dropFirst()
        return "+3736904" + digits
    }

    /// Somebody whom no bank knows.
    func bystander(_ index: Int) -> String { "+3736905" + String(1_000 + index) }

    struct Actor: Sendable { let phone: String }

    func enlist(_ cast: StoryCast, for story: String) async throws -> Actor {
        let phone = Self.phone(of: story)
        try await confirm(cast, story, phone: phone)
        return Actor(phone: phone)
    }

    /// Writes the seller's record at each bank and confirms on purpose who holds the phone, as the bank's own
    /// operator would.
    func confirm(_ cast: StoryCast, _ story: String, phone: String) async throws {
        try await write(cast, story, phone: phone)
        for bank in cast.merchants.keys {
            _ = try await brokers[bank]?.call(
                "POST", "/admin/v1/sellers/story-" + story + "/confirmations",
                body: ConfirmHolder(phone: phone), as: HolderConfirmation.self)
        }
    }

    /// Writes the seller's record at each bank, as happens to all of them every night.
    func write(_ cast: StoryCast, _ story: String, phone: String) async throws {
        for (bank, merchants) in cast.merchants {
            guard let broker = brokers[bank] else { preconditionFailure("no bank \(bank) in the cast") }
            _ = try await broker.call(
                "PUT", "/admin/v1/sellers/story-" + story,
                body: PutSeller(
                    phone: phone, locale: cast.locale, status: cast.isBlocked ? .blocked : .active,
                    merchantIds: merchants), as: ServiceClient.Nothing.self)
        }
    }

    // MARK: books

    /// The states of the payments with this tag, oldest first.
    func payments(tag: String, since: Timestamp) async throws -> [String] {
        let page = try await gateway.call(
            "GET", "/v1/payments?tag=\(tag)&from=\(since)&limit=200", as: Page<PaymentView>.self)
        return page.items.sorted { $0.createdAt < $1.createdAt }.map(\.status.rawValue)
    }

    /// Bubbles of the business that are not in `seen`, oldest first.
    func unread(_ phone: String, _ seen: Set<String>) async throws -> [SandboxClient.Bubble] {
        try await sandbox.chat(phone).filter { $0.direction == "in" && !seen.contains($0.id) }
    }

    /// Looks every 20 ms until it is true or the time is over; the caller looks at what was found.
    func watch(_ limit: Duration, _ isTrue: () async throws -> Bool) async throws {
        let deadline = loop.nowNs + limit.nanosecondsClamped
        while try await !isTrue(), loop.nowNs < deadline { try await loop.sleep(for: .milliseconds(20)) }
    }

    /// The codes with which the fake Meta refused messages so far, for a failure's sentence.
    func lastRefusal() async throws -> String {
        let refused = try await sandbox.ledger().meta.refused
        return refused.isEmpty ? "" : "; Meta has refused so far: \(refused)"
    }
}
