// Who holds a phone is confirmed on purpose, and by nothing that happens every night.
import Contracts
import HTTPClient
import Postgres
import TestSupport
import Testing

@testable import CapService

extension RunningBroker {
    fileprivate func record(_ phone: String = RunningBroker.phone) async throws -> SellerRecord {
        try await client("command-router").call(
            "POST", "/rev2/sellers/resolve", body: ResolveSeller(phone: phone, channel: "test"),
            as: SellerRecord.self)
    }

    fileprivate func confirm(
        _ id: String, _ phone: String, as caller: String = "tillctl"
    ) async throws -> HolderConfirmation {
        try await client(caller).call(
            "POST", "/admin/v1/sellers/\(id)/confirmations", body: ConfirmHolder(phone: phone),
            as: HolderConfirmation.self)
    }
}

@Suite(.serialized) struct `The holder of a seller's phone` {
    @Test func `is confirmed by being given it and by a confirmation, not by the same record again`()
        async throws
    {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            let bound = try #require(try await broker.record().holderConfirmedAt)
            // Every night, all sellers; and what else an operator does with one.
            for _ in 0..<3 { try await broker.seller("s1") }
            for verb in ["block", "unblock"] {
                _ = try await broker.client("tillctl").call(
                    "POST", "/admin/v1/sellers/s1/\(verb)", as: ServiceClient.Nothing.self)
            }
            #expect(try await broker.record().holderConfirmedAt == bound)
            let confirmed = try await broker.confirm("s1", RunningBroker.phone)
            #expect(confirmed.holderConfirmedAt > bound)
            #expect(try await broker.record().holderConfirmedAt == confirmed.holderConfirmedAt)
            try await broker.seller("s1")
            #expect(try await broker.record().holderConfirmedAt == confirmed.holderConfirmedAt)
            // Another phone: whoever has it now was made sure of with that.
            try await broker.seller("s1", "+37369000002")
            let moved = try await broker.record("+37369000002").holderConfirmedAt
            #expect(try #require(moved) > confirmed.holderConfirmedAt)
            let told = try await broker.superuser.query(
                "select outcome, detail ->> 'phone' as phone from cap.audit where action = 'seller.confirmed'"
            )
            #expect(try told.map { try $0.text("outcome") + $0.text("phone") } == ["OK***01"])
        }
    }

    @Test func `is not confirmed for another phone, by another service, or for a seller of before`()
        async throws
    {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            _ = try await broker.superuser.query("update cap.seller set holder_confirmed_at = null")
            #expect(try await broker.record().holderConfirmedAt == nil)
            try await broker.seller("s1")
            #expect(try await broker.record().holderConfirmedAt == nil)
            for (seller, phone, caller, expected) in [
                ("s1", "+37369000009", "tillctl", "409 PHONE_DIFFERS"),
                ("s9", RunningBroker.phone, "tillctl", "404 SELLER_UNKNOWN"),
                ("s1", "69000001", "tillctl", "400 INVALID_PHONE"),
            ] {
                #expect(
                    await refusal { _ = try await broker.confirm(seller, phone, as: caller) } == expected)
            }
            #expect(
                await refusal {
                    _ = try await broker.confirm("s1", RunningBroker.phone, as: "command-router")
                }.hasPrefix("403"))
            #expect(try await broker.record().holderConfirmedAt == nil)
        }
    }
}
