// The programs that stand beside ours in `bench peers`: what a careful person would write on those stacks for the
// same task. Each checks the signature over the raw body.

enum PeerPrograms {
    static let secret = "a secret that only measurements know"

    static let node = """
        const http = require('http'), crypto = require('crypto');
        const secret = process.env.SECRET;
        http.createServer((request, response) => {
          const parts = [];
          request.on('data', (part) => parts.push(part));
          request.on('end', () => {
            const code = crypto.createHmac('sha256', secret).update(Buffer.concat(parts)).digest();
            const said = Buffer.from(String(request.headers['x-hub-signature-256'] || '').slice(7), 'hex');
            const good = said.length === code.length && crypto.timingSafeEqual(said, code);
            response.writeHead(good ? 200 : 401, {'content-length': 0});
            response.end();
          });
        }).listen(Number(process.env.PORT), '127.0.0.1');

        """

    static let schema = """
        create table if not exists peer_event (
          id bigint generated always as identity primary key, message_id text not null unique,
          body jsonb not null, received_at timestamptz not null default now());

        """

    static let starlette = """
        import hashlib, hmac, json, os
        import asyncpg, uvicorn
        from starlette.applications import Starlette
        from starlette.responses import Response
        from starlette.routing import Route
        secret = os.environ['SECRET'].encode()
        pool = None
        async def receive(request):
            body = await request.body()
            code = hmac.new(secret, body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest('sha256=' + code, request.headers.get('x-hub-signature-256', '')):
                return Response(status_code=401)
            rows = [(message['id'], body.decode()) for entry in json.loads(body)['entry']
                    for change in entry['changes'] for message in change['value'].get('messages', [])]
            async with pool.acquire() as session:
                await session.executemany('insert into peer_event (message_id, body) values ($1, $2) '
                                          'on conflict (message_id) do nothing', rows)
            return Response(status_code=200)
        async def begin():
            global pool
            pool = await asyncpg.create_pool(os.environ['DATABASE'], min_size=4, max_size=16)
        app = Starlette(routes=[Route('/webhooks/whatsapp', receive, methods=['POST'])])
        async def lifespan(scope, receive, send):
            while True:
                message = await receive()
                if message['type'] == 'lifespan.startup':
                    await begin()
                    await send({'type': 'lifespan.startup.complete'})
                elif message['type'] == 'lifespan.shutdown':
                    await send({'type': 'lifespan.shutdown.complete'})
                    return
        async def whole(scope, receive_event, send):
            if scope['type'] == 'lifespan':
                await lifespan(scope, receive_event, send)
            else:
                await app(scope, receive_event, send)
        uvicorn.run(whole, host='127.0.0.1', port=int(os.environ['PORT']), loop='uvloop', http='httptools',
                    log_level='warning', access_log=False)

        """
}
