// The sandbox put together without a network: what survives a restart, and whether its description is true.
import EventLoop
import FoundationEssentials
import HTTPServer
import HTTPWire
import JSONWire
import Observe
import Sealing
import Testing
import World

@testable import Sandbox

@Suite struct `The sandbox as a whole` {
    private static let phone = "+37369000001"

    private static func stage(
        _ clock: SeededWorld, _ loop: EventLoop, folder: String?, fileMax: Int = Diary.fileBytesMax
    ) async throws -> Stage {
        let merchant = BankMerchant(
            bankId: "moldbank", merchantId: "128", secretKey: "s", name: "Cafeneaua Veche",
            terminals: [.init(terminalId: "TE0001", type: "ecomm")], autoProgress: true)
        let config = SandboxConfig(
            ingressURL: try #require(HTTPURL("http://127.0.0.1:8080")), publicURL: "http://127.0.0.1:8090",
            number: BusinessNumber(wabaId: "9", phoneNumberId: "8", displayPhoneNumber: "373", name: "Till"),
            appSecret: Secret(text: "app"), accessToken: Secret(text: "graph"), merchants: [merchant],
            bankNames: ["moldbank": "Moldbank"],
            sellers: [DemoSeller(phone: phone, name: "Ana", locale: "ro", what: "one merchant")],
            templates: ApprovedTemplates(), logFolder: nil, stateFolder: folder, pace: BankPace())
        let log = Log.silent(clock.world)
        return try Stage(
            config: config, keys: try await BankKeys.load(["moldbank"], folder: folder),
            diary: try Diary(folder: folder, log: log, fileMax: fileMax), loop: loop, world: clock.world,
            log: log)
    }

    private static func pay(_ stage: Stage) throws -> String {
        let order = """
            {"terminalId":"TE0001","orderId":"att_1","amount":100,"currency":"MDL","payDescription":"Cafea"}
            """
        let terminals = [BankMerchant.Terminal(terminalId: "TE0001", type: "ecomm")]
        let request = try BankPayRequest(parsing: Array(order.utf8), direct: false, terminals: terminals)
        let pair = stage.askBank {
            $0.token(merchantId: "128", secretKey: "s", at: "moldbank", world: stage.world)
        }
        let token = try #require(pair).access
        let known = stage.askBank { $0.grant(token, at: "moldbank", now: stage.world.now()) }
        let grant = try #require(known)
        return stage.atBank { $0.register(request, for: grant, base: "", world: stage.world) }.paymentId
    }

    @Test func `remembers chats, payments and the bank's key after a restart`() async throws {
        let clock = SeededWorld(seed: 1), loop = try EventLoop.start(name: "sandbox-test")
        defer { loop.stop() }
        let folder =
            FileManager.default.temporaryDirectory.path + "/till-sandbox-" + Hex.encode(randomBytes(8))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try await Self.stage(clock, loop, folder: folder)
        let id = first.say("Plătește 😀", on: Self.phone, stamped: nil, shown: nil)
        first.webhookAccepted(id, Self.phone)
        let paymentId = try Self.pay(first), now = clock.world.now()
        first.atBank { ((), $0.pay(paymentId, atOnce: true, callbacks: 1, now: now)) }
        await first.close()

        let second = try await Self.stage(clock, loop, folder: folder)
        let bubbles = try #require(second.phone(Self.phone)).bubbles
        #expect(bubbles.map(\.text) == ["Plătește 😀"] && bubbles.map(\.status) == [.delivered])
        #expect(second.phone(Self.phone)?.name == "Ana")
        #expect(second.phone(Self.phone)?.windowIsOpen(at: now) == true)
        let before = first.askBank { $0.payment(paymentId) }, after = second.askBank { $0.payment(paymentId) }
        #expect(after?.status == .success && before == after)
        #expect(second.keys.publicKey("moldbank") == first.keys.publicKey("moldbank"))
    }

    @Test func `keeps only what it still remembers when its file has grown too long`() async throws {
        let clock = SeededWorld(seed: 4), loop = try EventLoop.start(name: "sandbox-test")
        defer { loop.stop() }
        let folder =
            FileManager.default.temporaryDirectory.path + "/till-sandbox-" + Hex.encode(randomBytes(8))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try await Self.stage(clock, loop, folder: folder)
        for _ in 0..<400 {
            let id = first.say("hello", on: Self.phone, stamped: nil, shown: nil)
            first.webhookAccepted(id, Self.phone)
        }
        let paymentId = try Self.pay(first)
        await first.close()
        let path = folder + "/sandbox.jsonl"
        func lines() throws -> Int {
            try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).count
        }
        #expect(try lines() == 401, "each thing's last word, once for all that was said between two writes")
        let second = try await Self.stage(clock, loop, folder: folder, fileMax: 1)
        #expect(try lines() == FakePhone.bubblesMax + 1)
        let third = try await Self.stage(clock, loop, folder: folder)
        #expect(third.phone(Self.phone)?.bubbles == second.phone(Self.phone)?.bubbles)
        #expect(third.phone(Self.phone)?.lastSaid == first.phone(Self.phone)?.lastSaid)
        let before = first.askBank { $0.payment(paymentId) }, after = third.askBank { $0.payment(paymentId) }
        #expect(before == after)
    }

    @Test func `starts although the last line was torn`() async throws {
        let clock = SeededWorld(seed: 2), loop = try EventLoop.start(name: "sandbox-test")
        defer { loop.stop() }
        let folder =
            FileManager.default.temporaryDirectory.path + "/till-sandbox-" + Hex.encode(randomBytes(8))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try await Self.stage(clock, loop, folder: folder)
        _ = first.say("hello", on: Self.phone, stamped: nil, shown: nil)
        await first.close()
        let path = folder + "/sandbox.jsonl"
        let whole = try Data(contentsOf: URL(filePath: path))
        try (whole + Data("{\"said\":{\"pho".utf8)).write(to: URL(filePath: path))
        let second = try await Self.stage(clock, loop, folder: folder)
        #expect(second.phone(Self.phone)?.bubbles.count == 1)
        _ = second.say("again", on: Self.phone, stamped: nil, shown: nil)
        await second.close()
        let third = try await Self.stage(clock, loop, folder: folder)
        #expect(third.phone(Self.phone)?.bubbles.map(\.text) == ["hello", "again"])
    }

    @Test func `has exactly the routes that its description names`() async throws {
        let clock = SeededWorld(seed: 3), loop = try EventLoop.start(name: "sandbox-test")
        defer { loop.stop() }
        let routes = SandboxService.routes(try await Self.stage(clock, loop, folder: nil)).listing
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Services/Sandbox/openapi.json")
        let described = try JSONValue(parsing: Array(try Data(contentsOf: file)))["paths"]?.members.flatMap {
            path in
            path.value.members.map { $0.name.uppercased() + " " + path.name }
        }
        // The page's own files are not an interface.
        let isFile = { (route: String) in [".js", ".css", ".svg"].contains { route.hasSuffix($0) } }
        #expect(routes.filter { !isFile($0) }.sorted() == described?.sorted())
    }
}
