using Arctic.Columnar.Errors;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>
/// Tables of a server that speaks Iceberg's REST catalog protocol: the server keeps names and swaps metadata, the client reads and writes the files, with
/// credentials that the server hands out where it does. Opens no connection before the first call. Thread-safe.
/// </summary>
/// <remarks>
/// Requests that change nothing are tried again while the server is busy (<c>rest.client.max-retries</c>). A commit is sent once: when its answer is lost, that
/// is said (<see cref="CommitOutcomeUnknownException"/>), and a transaction then looks for its snapshot.
/// </remarks>
public sealed partial class RestCatalog : IIcebergCatalog, ITableNaming, IMultiTableCatalog, IViewCatalog, IAsyncDisposable
{
    private readonly RestCatalogOptions _options;
    private readonly IObjectStoreProvider _stores;
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private readonly RestTableCache _tables;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile RestSession? _session;

    /// <summary>Makes the catalog; nothing is asked of the server yet.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="options">See <see cref="RestCatalogOptions.Read"/>.</param>
    /// <param name="stores">Opens the files of tables with what the server says of them.</param>
    /// <param name="environment">Time and randomness of commits, of waits and of the life of tokens.</param>
    /// <param name="http">Sends requests, and stays the caller's; null for a client of the catalog's own, which follows no redirects.</param>
    public RestCatalog(string name, RestCatalogOptions options, IObjectStoreProvider stores, CommitEnvironment environment, HttpClient? http = null)
    {
        (Name, _options, _stores, Environment) = (name, options, stores, environment);
        _ownsHttp = http is null;
        _http = http ?? CreateHttpClient();
        _tables = new RestTableCache(options.TableCacheEntriesMax);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CommitEnvironment Environment { get; }

    /// <inheritdoc/>
    /// <remarks>The protocol has no such requirement. A commit asks that no branch, schema, spec or order has changed since its base.</remarks>
    public bool PinsCommitBase => false;

    /// <summary>A client for any number of catalogs: it follows no redirects, and leaves timeouts to the options.</summary>
    internal static HttpClient CreateHttpClient() => new(new SocketsHttpHandler
    {
        // A redirect would carry secrets to an address that nobody gave.
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Closes the connections, unless they are the caller's.</summary>
    public ValueTask DisposeAsync()
    {
        if (_ownsHttp)
        {
            _http.Dispose();
        }

        _opening.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<RestSession> OpenAsync(CancellationToken cancellationToken)
    {
        if (_session is { } open)
        {
            return open;
        }

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _session ??= await RestSession.OpenAsync(_options, o => new RestTransport(_http, o, Environment), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Reads a listing page by page, until the server gives no token for another.</summary>
    private static async ValueTask<List<T>> ListAsync<T>(
        RestSession session, string purpose, Func<string?, string> addressOf, Func<Spec.Json.MetadataJson, IEnumerable<T>> read, Func<RestAnswer, ArcticException?> refuse, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        var seen = new HashSet<string>(StringComparer.Ordinal);

        // An empty token says that pages are understood; servers that know none ignore it.
        for (string? token = ""; token is not null;)
        {
            var request = new RestRequest(HttpMethod.Get, addressOf(token)) { Purpose = purpose };
            var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccess)
            {
                throw refuse(answer) ?? session.Transport.ErrorOf(request, answer);
            }

            token = RestJson.Read(request, answer, json =>
            {
                found.AddRange(read(json));
                return json.FindText("next-page-token");
            });
            token = string.IsNullOrEmpty(token) ? null : token;
            if (token is not null && !seen.Add(token))
            {
                throw new ArcticException(ErrorCodes.StorageFailed, $"Cannot {purpose}: the catalog server gives the same page over and over.");
            }
        }

        return found;
    }
}
