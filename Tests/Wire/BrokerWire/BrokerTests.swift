// The broker as its callers meet it: a real database, its own role, real requests.
import Contracts
import HTTPClient
import Postgres
import Problem
import Sealing
import Synchronization
import TestSupport
import Testing

@testable import CapService

@Suite struct `The broker` {
    /// The code and kind of the refusal.
    @Test func `tells who a phone is and writes down every answer, refusals too`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            try await broker.seller("s3", "+37369000003", ["128"], .blocked)
            let known = try await broker.resolve(RunningBroker.phone)
            #expect(known.posUserId == "s1" && known.status == .active && known.bank.bankId == "moldbank")
            #expect(known.merchants.map(\.merchantId) == ["128"] && known.merchants[0].limits.perDay == nil)
            #expect(try await broker.resolve("+37369000003").status == .blocked)
            #expect(await refusal { _ = try await broker.resolve("+37369000099") } == "404 SELLER_UNKNOWN")
            #expect(await refusal { _ = try await broker.resolve("069") } == "400 INVALID_PHONE")
            let trail = try await broker.trail()
            #expect(
                trail == [
                    "merchant.put OK", "seller.put OK", "seller.put OK", "seller.resolved OK",
                    "seller.resolved OK",
                    "seller.resolved SELLER_UNKNOWN", "seller.resolved INVALID_PHONE",
                ])
            let all = try await broker.superuser.query(
                "select count(*) n from cap.audit a where a::text like '%69000099%'")
            #expect(try all.one().int8("n") == 0)
        }
    }

    @Test func `gives no answer that it cannot write down`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            try await broker.superuser.query("revoke insert on cap.audit from till_cap")
            #expect(
                await refusal { _ = try await broker.resolve(RunningBroker.phone) } == "503 AUDIT_UNAVAILABLE"
            )
            #expect(await refusal { _ = try await broker.askToken("s1") } == "503 AUDIT_UNAVAILABLE")
            #expect(
                await refusal { try await broker.seller("s1", "+37369000055") } == "503 AUDIT_UNAVAILABLE")
            try await broker.superuser.query("grant insert on cap.audit to till_cap")
            // The change that could not be written down did not happen.
            #expect(await refusal { _ = try await broker.resolve("+37369000055") } == "404 SELLER_UNKNOWN")
        }
    }

    @Test func `hands out one token to many and gates paying`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await broker.askToken("s1").accessToken } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(tokens == ["planted-token-1"])
            #expect(broker.rail.withLock { $0.asked } == ["128:planted-rail-secret"])
            _ = try await broker.client("tillctl").call(
                "POST", "/admin/v1/sellers/s1/block", as: ServiceClient.Nothing.self)
            #expect(await refusal { _ = try await broker.askToken("s1") } == "403 SELLER_BLOCKED")
            #expect(try await broker.askToken("s1", "128", .status).accessToken == "planted-token-1")
            let refused = SHA256.hex(Array("planted-token-1".utf8))
            #expect(
                try await broker.askToken("s1", "128", .status, rejected: refused).accessToken
                    == "planted-token-2")
        }
    }

    @Test func `says what the rail's trouble means`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            for (status, expected) in [
                (401, "502 RAIL_UNAVAILABLE"), (400, "502 RAIL_UNAVAILABLE"), (500, "503 RAIL_UNAVAILABLE"),
                (429, "503 RAIL_UNAVAILABLE"),
            ] {
                broker.rail.withLock { $0.status = status }
                #expect(await refusal { _ = try await broker.askToken("s1") } == expected)
            }
            broker.rail.withLock { $0.status = 200 }
            #expect(try await broker.askToken("s1").accessToken == "planted-token-5")
            broker.railURL.withLock { $0 = "http://127.0.0.1:1" }
            try await broker.put("128")
            #expect(await refusal { _ = try await broker.askToken("s1") } == "503 RAIL_UNAVAILABLE")
        }
    }

    @Test func `keeps a secret sealed, takes a new one, and moves all to a new master key`() async throws {
        let old = "a \(Base64.encode(randomBytes(32)))\n", new = "b \(Base64.encode(randomBytes(32)))\n"
        let keys = try MasterKeys(text: Array(old.utf8), path: "keys")
        let rotated = try MasterKeys(text: Array((new + old).utf8), path: "keys")
        try await RunningBroker.with(keys: keys) { broker in
            #expect(await refusal { try await broker.put("128", secret: nil) } == "422 SECRET_KEY_MISSING")
            try await broker.put("128")
            try await broker.put("128")
            try await broker.put("128", secret: nil)
            #expect(try await broker.store.secret("128")?.version == 1)
            try await broker.put("128", secret: "another-planted-secret")
            let stored = try #require(try await broker.store.secret("128"))
            #expect(stored.version == 2)
            #expect(try broker.vault.open(stored).matches(Array("another-planted-secret".utf8)))
            let dump = try await broker.superuser.query(
                """
                select string_agg(x, ' ') t from (select k::text x from cap.merchant_secret k
                  union all select m::text from cap.merchant m union all select a::text from cap.audit a) s
                """)
            #expect(try !dump.one().text("t").contains("planted"))
            let next = SecretVault(bankId: "moldbank", keys: rotated)
            for secret in try await broker.store.secretsUnderOtherKeys(than: "b", limit: 10) {
                #expect(try await broker.store.rewrapped(next.rewrap(secret), masterKeyId: "b"))
            }
            #expect(try await broker.store.secretsUnderOtherKeys(than: "b", limit: 10).isEmpty)
            let moved = try #require(try await broker.store.secret("128"))
            #expect(try next.open(moved).matches(Array("another-planted-secret".utf8)))
            #expect(!broker.log.withLock { $0 }.contains("planted"))
        }
    }

    @Test func `refuses what contradicts itself and whom it does not know`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            #expect(await refusal { try await broker.seller("s2") } == "409 PHONE_TAKEN")
            #expect(
                await refusal { try await broker.seller("s2", "+37369000002", ["999"]) }
                    == "422 MERCHANT_UNKNOWN")
            #expect(await refusal { _ = try await broker.askToken("s9") } == "404 SELLER_UNKNOWN")
            #expect(await refusal { _ = try await broker.askToken("s1", "999") } == "404 MERCHANT_UNKNOWN")
            let body = ResolveSeller(phone: RunningBroker.phone, channel: "x")
            #expect(
                await refusal {
                    _ = try await broker.client("notifier").call(
                        "POST", "/rev2/sellers/resolve", body: body, as: SellerRecord.self)
                }.hasPrefix("403"))
            await #expect(throws: PostgresError.self) {
                try await broker.store.pool.query("update cap.audit set outcome = 'OK'")
            }
            await #expect(throws: PostgresError.self) {
                try await broker.store.pool.query("delete from cap.audit")
            }
        }
    }
}
