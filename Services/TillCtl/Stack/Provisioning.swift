// Puts the demo's banks, merchants and sellers into the brokers, through the same admin routes a bank's
// operator uses.
import Contracts
import HTTPClient
import HTTPWire
import Money
import Sealing

struct Provisioning {
    let stack: Stack
    let http: HTTPClient

    /// Idempotent, as `BrokerCast.put` is.
    func run() async throws {
        let files = StackFiles(plan: stack.plan, secrets: stack.secrets)
        let token = Secret(text: try stack.secrets.text("token-tillctl"))
        for (bank, key) in zip(DemoCast.banks, ["capSvc", "capSvc2"]) {
            guard let url = HTTPURL(stack.plan.url(key)) else {
                preconditionFailure("a loopback URL does not parse")
            }
            let broker = ServiceClient(
                http: http, baseURL: url, token: token, caller: "tillctl", peer: "cap-svc")
            try await cast(of: bank, files).put(into: broker)
        }
    }

    private func cast(of bank: DemoCast.Bank, _ files: StackFiles) throws -> BrokerCast {
        BrokerCast(
            merchants: try bank.merchants.map { merchant in
                BrokerCast.Merchant(
                    merchant.merchantId,
                    PutMerchant(
                        name: merchant.name, currency: .mdl, country: "MD",
                        terminals: [
                            TerminalRecord(terminalId: merchant.terminalId, paymentTypes: [.qr]),
                            TerminalRecord(terminalId: merchant.requestTerminalId, paymentTypes: [.rtp]),
                        ],
                        limits: MerchantLimits(perPayment: 10_000_000, perDay: nil),
                        ecommBaseUrl: stack.plan.url("sandbox") + "/banks/" + bank.bankId,
                        secretKey: try files.secretKey(merchant.merchantId)))
            },
            sellers: bank.sellers.map { seller in
                BrokerCast.Seller(
                    seller.posUserId,
                    PutSeller(
                        phone: seller.phone, locale: seller.locale,
                        status: seller.isBlocked ? .blocked : .active, merchantIds: seller.merchantIds))
            })
    }
}
