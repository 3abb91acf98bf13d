// Files as the Cloud API takes and gives them: upload by multipart, the address by id, download with the
// token, removal. GET of a bare id also answers for a template and for the number, which share the path.

import HTTPServer
import HTTPWire
import JSONWire
import Sealing
import World

struct MediaRoutes: Sendable {
    /// Meta takes 100 MB; nothing that a seller exports comes near this.
    static let uploadBytesMax = 16 << 20

    let stage: Stage
    private var gate: CloudGate { CloudGate(stage: stage) }

    func add(to routes: inout Routes) {
        routes.on("POST", "/{version}/{nodeId}/media", bodyBytesMax: Self.uploadBytesMax) { request in
            try await gate.answer(request, at: .media) { _ throws(GraphError) in try upload(request) }
        }
        routes.on("GET", "/{version}/{nodeId}") { request in
            try await gate.answer(request, at: .media) { _ throws(GraphError) in try look(request) }
        }
        routes.on("DELETE", "/{version}/{nodeId}") { request in
            try await gate.answer(request, at: .media) { _ throws(GraphError) in
                let id = request.parameter("nodeId"), now = stage.world.now()
                guard stage.atMeta({ ($0.removeFile(id, now: now), []) }) else { throw .noObject() }
                return TemplateRoutes.success
            }
        }
        routes.on("GET", "/{version}/media/{mediaId}/content") { request in
            try await gate.answer(request, at: .media) { _ throws(GraphError) in
                Self.download(try file(request.parameter("mediaId")))
            }
        }
    }

    static func download(_ file: MediaFile) -> HTTPResponse {
        let name = file.filename.filter { $0.isASCII && $0 != "\"" && $0 != "\\" && !$0.isNewline }
        return HTTPResponse(
            status: 200,
            headers: [
                "content-type": file.mimeType, "content-disposition": "attachment; filename=\"\(name)\"",
                "x-content-type-options": "nosniff", "cache-control": "no-store",
            ], body: file.bytes)
    }

    private func file(_ id: String) throws(GraphError) -> MediaFile {
        let now = stage.world.now()
        guard let file = stage.atMeta({ ($0.file(id, now: now), []) }) else { throw .noObject() }
        return file
    }

    private func upload(_ request: HTTPRequest) throws(GraphError) -> HTTPResponse {
        try gate.checkNumber(request)
        guard let form = MultipartForm(request.body, contentType: request.headers.first("content-type"))
        else {
            throw .invalid("The body is not multipart/form-data.")
        }
        guard form["messaging_product"].map({ String(decoding: $0.bytes, as: UTF8.self) }) == "whatsapp"
        else {
            throw .invalid("The parameter messaging_product is required and must be whatsapp.")
        }
        guard let part = form["file"], !part.bytes.isEmpty else { throw .missing("file") }
        let stated = form["type"].map { String(decoding: $0.bytes, as: UTF8.self) }
        let type = part.contentType ?? stated ?? "application/octet-stream"
        let isToken = type.utf8.allSatisfy { $0 > 32 && $0 < 127 || $0 == 32 }
        guard isToken, type.contains("/") else { throw .media("The file's type is not a media type.") }
        let file = MediaFile(
            id: String(stage.world.randomBytes(7).reduce(UInt64(1)) { $0 << 8 | UInt64($1) }), mimeType: type,
            filename: part.filename ?? "document", bytes: part.bytes, uploadedAt: stage.world.now())
        stage.atMeta { cloud in
            cloud.upload(file)
            return ((), [])
        }
        return TemplateRoutes.json { $0.member("id", file.id) }
    }

    private func look(_ request: HTTPRequest) throws(GraphError) -> HTTPResponse {
        let id = request.parameter("nodeId"), now = stage.world.now()
        if id == stage.config.number.phoneNumberId {
            let number = stage.config.number
            return TemplateRoutes.json { root in
                root.member("verified_name", number.name)
                root.member("display_phone_number", "+" + number.displayPhoneNumber)
                root.member("quality_rating", "GREEN")
                root.member("id", number.phoneNumberId)
            }
        }
        if let entry = stage.atMeta({ ($0.templates.entry(id: Int64(id) ?? 0), []) }) {
            var json = JSONWriter()
            TemplateRoutes.write(entry, to: &json)
            return .json(200, json.bytes)
        }
        guard let file = stage.atMeta({ ($0.file(id, now: now), []) }) else { throw .noObject() }
        let version = request.parameter("version")
        return TemplateRoutes.json { root in
            root.member("messaging_product", "whatsapp")
            root.member("url", "\(stage.config.publicURL)/\(version)/media/\(file.id)/content")
            root.member("mime_type", file.mimeType)
            root.member("sha256", Hex.encode(SHA256.digest(file.bytes)))
            root.member("file_size", Int64(file.bytes.count))
            root.member("id", file.id)
        }
    }
}
