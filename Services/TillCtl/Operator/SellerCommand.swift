// Tells a broker that the bank has made sure who holds a seller's phone. What the line means is read by SellerRequest.
import Contracts
import FoundationEssentials
import HTTPClient
import HTTPWire
import Sealing

extension Commands {
    /// `sellers …`: the exit code. 64: the line cannot be read; 1: refused, or no answer.
    package static func confirmSeller(_ words: [String], complain: (String) -> Void) async -> Int32 {
        await exitCode(usage: SellerRequest.usage, complain) {
            let asked = try SellerRequest(words, environment: ProcessInfo.processInfo.environment)
            guard let url = HTTPURL(asked.broker) else {
                throw OperatorRequest.Misread("\(asked.broker) is no URL")
            }
            let tools = try Tools(tls: asked.tls.context())
            let broker = ServiceClient(
                http: tools.http, baseURL: url, token: try Secret(file: asked.tokenFile), caller: "tillctl",
                peer: "cap-svc")
            let done = try await broker.call(
                "POST", "/admin/v1/sellers/\(asked.posUserId)/confirmations",
                body: ConfirmHolder(phone: asked.phone), as: HolderConfirmation.self)
            print("\(done.posUserId) holds that phone, as of \(done.holderConfirmedAt)")
            return true
        }
    }
}
