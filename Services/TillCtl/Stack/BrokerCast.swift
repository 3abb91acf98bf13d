// The merchants and sellers that one broker is to know, and the command that puts them there: from a file for
// a deployed broker, from the demo's cast for the stack of this machine. It decides nothing about either.
import Contracts
import FoundationEssentials
import HTTPClient
import HTTPWire
import JSONWire
import Sealing

/// Merchants and sellers of one bank, as the broker's admin routes take them, each with the id of its path.
struct BrokerCast: Decodable {
    struct Merchant: Decodable {
        let merchantId: String
        let put: PutMerchant

        init(_ merchantId: String, _ put: PutMerchant) {
            self.merchantId = merchantId
            self.put = put
        }

        private enum Key: String, CodingKey { case merchantId }

        init(from decoder: any Decoder) throws {
            merchantId = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .merchantId)
            put = try PutMerchant(from: decoder)
        }
    }

    struct Seller: Decodable {
        let posUserId: String
        let put: PutSeller

        init(_ posUserId: String, _ put: PutSeller) {
            self.posUserId = posUserId
            self.put = put
        }

        private enum Key: String, CodingKey { case posUserId }

        init(from decoder: any Decoder) throws {
            posUserId = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .posUserId)
            put = try PutSeller(from: decoder)
        }
    }

    let merchants: [Merchant]
    let sellers: [Seller]

    /// Idempotent: PUTs of what should be there, merchants first, since sellers name them. Nobody who is
    /// already there is removed.
    func put(into broker: ServiceClient) async throws {
        for merchant in merchants {
            _ = try await broker.call(
                "PUT", "/admin/v1/merchants/" + merchant.merchantId, body: merchant.put,
                as: ServiceClient.Nothing.self)
        }
        for seller in sellers {
            _ = try await broker.call(
                "PUT", "/admin/v1/sellers/" + seller.posUserId, body: seller.put,
                as: ServiceClient.Nothing.self)
        }
    }
}

extension Commands {
    private struct Refused: Error, CustomStringConvertible { let description: String }

    /// `provision`: puts the merchants and sellers of a file into a broker that runs. Throws with a sentence
    /// for the operator; no value of the files is in it.
    package static func provision(
        broker: String, tokenFile: String, castFile: String, tls: TLSFiles = TLSFiles()
    ) async throws {
        guard let url = HTTPURL(broker) else {
            throw Refused(description: "--broker takes the http or https URL of a cap-svc")
        }
        let token = try Secret(file: tokenFile)
        let cast: BrokerCast
        do {
            let bytes = try Data(contentsOf: URL(filePath: castFile))
            try JSONScanner.check(Array(bytes), duplicates: .refused)
            cast = try JSONDecoder().decode(BrokerCast.self, from: bytes)
        } catch is DecodingError, is JSONFailure {
            throw Refused(
                description:
                    "\(castFile) does not list merchants and sellers as the admin routes take them")
        }
        let tools = try Tools(tls: tls.context())
        try await cast.put(
            into: ServiceClient(
                http: tools.http, baseURL: url, token: token, caller: "tillctl", peer: "cap-svc"))
        note("\(cast.merchants.count) merchants and \(cast.sellers.count) sellers are in the broker")
    }
}
