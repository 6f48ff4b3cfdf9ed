using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Transactions;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>Sends requests: with the token of the moment, again where that is harmless, and never more of an answer in memory than is allowed. Thread-safe.</summary>
internal sealed class RestTransport
{
    private static readonly TimeSpan RetryMaxWait = TimeSpan.FromSeconds(10);

    // Whoever is asked to wait longer than this fails instead: the caller knows better what to do with the time.
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromSeconds(60);

    // "%2E" must not become "." on the way: it may be what the server separates levels by.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpClient _http;
    private readonly RestCatalogOptions _options;
    private readonly CommitEnvironment _environment;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _headers;

    public RestTransport(HttpClient http, RestCatalogOptions options, CommitEnvironment environment)
    {
        (_http, _options, _environment) = (http, options, environment);
        _headers = RestHeaders.Of(options.Properties);
        Tokens = new BearerTokens(this, options, environment.Time);
    }

    public BearerTokens Tokens { get; }

    public CommitEnvironment Environment => _environment;

    /// <summary>Sends a request and reads its answer.</summary>
    /// <returns>The answer, whatever its status, once trying again would not help.</returns>
    /// <exception cref="ArcticException"><c>CONNECTION_FAILED</c>; <c>TABLE_CORRUPT</c>: the answer is too long.</exception>
    /// <exception cref="CommitOutcomeUnknownException">The answer to a commit did not come.</exception>
    public async ValueTask<RestAnswer> SendAsync(RestRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (hadEffect, wasRenewed) = (false, false);
        for (var retry = 0; ; retry++)
        {
            var token = request.IsAnonymous ? null : request.TableToken ?? await Tokens.GetAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan? wait;
            try
            {
                var (answer, retryAfter) = await SendOnceAsync(request, token, hadEffect, cancellationToken).ConfigureAwait(false);
                if (answer.Status is 401 or 419 && !wasRenewed && token is not null && (request.TableToken is not null || Tokens.Expire(token)))
                {
                    // The request was turned away at the door, also that of a commit. The token of a table gives way to the catalog's.
                    (wasRenewed, request) = (true, request with { TableToken = null });
                    continue;
                }

                if (!IsBusy(request, answer.Status) || retry >= _options.RetriesMax || retryAfter > RetryAfterMax)
                {
                    return answer;
                }

                wait = retryAfter;
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                var wasSent = WasSent(e);
                if ((wasSent && request.Effect != RestEffect.Repeatable) || retry >= _options.RetriesMax)
                {
                    throw RestErrors.NoAnswer(request, e, wasSent, Tokens.Scrub);
                }

                hadEffect |= wasSent;
                wait = null;
            }

            await Task.Delay(wait ?? WaitBefore(retry), _environment.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The error of an answer that nobody has dealt with.</summary>
    public ArcticException ErrorOf(RestRequest request, RestAnswer answer) => RestErrors.Of(request, answer, Tokens.Scrub);

    /// <summary>The error of an answer that no catalog gives.</summary>
    public ArcticException NoCatalog(RestRequest request, RestAnswer answer, Exception? cause) => RestErrors.NoCatalog(request, answer, cause, Tokens.Scrub);

    private async ValueTask<(RestAnswer Answer, TimeSpan? RetryAfter)> SendOnceAsync(RestRequest request, string? token, bool wasRepeated, CancellationToken cancellationToken)
    {
        using var message = MessageOf(request, token);
        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _environment.Time);

        // A commit that was sent cannot be taken back: who cancels it would not know what became of it.
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, request.Effect == RestEffect.Repeatable ? cancellationToken : CancellationToken.None);
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
        var body = await ReadAsync(request, response, linked.Token).ConfigureAwait(false);
        var answer = new RestAnswer((int)response.StatusCode, body, response.Headers.ETag?.ToString() ?? RawETagOf(response), wasRepeated) { ContentType = response.Content.Headers.ContentType?.MediaType };
        return (answer, RetryAfterOf(response));
    }

    private HttpRequestMessage MessageOf(RestRequest request, string? token)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(request.Address, in Verbatim));
        foreach (var (name, value) in _headers.Where(h => IsOwn(request) || !_options.Properties.ContainsKey(RestHeaders.OptionPrefix + h.Key)))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (token is not null)
        {
            message.Headers.Remove("Authorization");
            message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        }

        if (request.IfNoneMatch is { } version)
        {
            message.Headers.TryAddWithoutValidation("If-None-Match", version);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(request.ContentType) } };
        }

        return message;
    }

    // What a user puts into headers for the catalog is not meant for a token server elsewhere.
    private bool IsOwn(RestRequest request) => !request.IsAnonymous || new Uri(request.Address).Authority == new Uri(_options.Uri).Authority;

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(RestRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var content = new ArrayBufferWriter<byte>(4096);
        int read;
        while ((read = await UnpackAsync(stream, content.GetMemory(16 * 1024), cancellationToken).ConfigureAwait(false)) > 0)
        {
            content.Advance(read);
            if (content.WrittenCount > request.BytesMax)
            {
                var error = new ArcticException(ErrorCodes.TableCorrupt, $"Cannot {request.Purpose}: the answer has more than {request.BytesMax} bytes, the most that it may have.");

                // The status is known, and of a commit it counts.
                throw request.Effect == RestEffect.Commit ? new CommitOutcomeUnknownException(error.Message, error) : error;
            }
        }

        return content.WrittenMemory;
    }

    // An answer that is damaged on the way is as good as lost, and of a commit nobody may conclude that it failed.
    private static async ValueTask<int> UnpackAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new IOException($"the answer cannot be unpacked ({e.Message.TrimEnd('.')})");
        }
    }

    // 429 is said before anything is done. 503 is so by the protocol, yet proxies say it when they have lost a server in the middle of its work.
    private static bool IsBusy(RestRequest request, int status) => status == 429 || (status is 502 or 503 or 504 && request.Effect == RestEffect.Repeatable);

    private static bool WasSent(Exception e) =>
        e is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError };

    private TimeSpan WaitBefore(int retry) =>
        TimeSpan.FromMilliseconds(Math.Min(RetryMaxWait.TotalMilliseconds, _options.RetryMinWait.TotalMilliseconds * Math.Pow(2, Math.Min(retry, 30))) * (0.5 + (_environment.NextDouble() / 2)));

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _environment.Time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    // The reference server does not put it in quotes.
    private static string? RawETagOf(HttpResponseMessage response) => response.Headers.NonValidated.TryGetValues("ETag", out var values) ? values.ToString() : null;
}
