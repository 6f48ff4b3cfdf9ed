using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>
/// The options of a <see cref="RestCatalog"/>, in the names that Iceberg gives them. What the server says in its configuration stands below (its defaults) and
/// above (its overrides) of them. Printing them shows no secret.
/// </summary>
public sealed record RestCatalogOptions
{
    /// <summary>The address of the catalog, without <c>/v1</c>: <c>https://host/api/catalog</c>.</summary>
    [Option("uri")]
    public required string Uri { get; init; }

    /// <summary>The warehouse, by the name or location that the server knows; left to the server when it is not given.</summary>
    [Option("warehouse")]
    public string? Warehouse { get; init; }

    /// <summary>What stands behind <c>/v1/</c> in every address; servers say it themselves.</summary>
    [Option("prefix")]
    public string? Prefix { get; init; }

    /// <summary>A bearer token. A secret.</summary>
    [Option("token", IsSecret = true)]
    public string? Token { get; init; }

    /// <summary>The OAuth2 client, <c>id:secret</c>, that fetches tokens. A secret.</summary>
    [Option("credential", IsSecret = true)]
    public string? Credential { get; init; }

    /// <summary>The scope that tokens are asked for.</summary>
    [Option("scope")]
    public string Scope { get; init; } = "catalog";

    /// <summary>Where tokens are fetched; the catalog's own <c>v1/oauth/tokens</c> when it is not given.</summary>
    [Option("oauth2-server-uri")]
    public string? OAuth2ServerUri { get; init; }

    /// <summary>The audience that tokens are asked for.</summary>
    [Option("audience")]
    public string? Audience { get; init; }

    /// <summary>The resource that tokens are asked for.</summary>
    [Option("resource")]
    public string? Resource { get; init; }

    /// <summary>How requests are authenticated: <c>oauth2</c> (<c>token</c> or <c>credential</c>) or <c>none</c>; others are refused.</summary>
    [Option("rest.auth.type")]
    public string? AuthType { get; init; }

    /// <summary>How long one request may take, with its answer; longer counts as a broken connection.</summary>
    [Option("rest.client.socket-timeout-ms")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request that may be repeated is tried again when the server is busy or the connection breaks.</summary>
    [Option("rest.client.max-retries")]
    public int RetriesMax { get; init; } = 5;

    /// <summary>The wait before the first retry; it doubles from retry to retry up to 10 s, unless the server says how long to wait.</summary>
    [Option("rest.client.retry-min-wait-ms")]
    public TimeSpan RetryMinWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many names a listing asks for at a time; the server's choice when it is not given.</summary>
    [Option("rest-page-size")]
    public int? PageSize { get; init; }

    /// <summary>How many tables are remembered, so that loading one that did not change costs no metadata; 0 for none.</summary>
    [Option("rest-table-cache.max-entries")]
    public int TableCacheEntriesMax { get; init; } = 100;

    /// <summary>Everything that was given, also <c>header.*</c> (headers of every request) and what object stores take (<c>s3.*</c>).</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads options as <c>CREATE CATALOG</c> gives them; keys that are not known are left alone.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: <c>uri</c> is missing, or a value cannot be read.</exception>
    public static RestCatalogOptions Read(IReadOnlyDictionary<string, string> properties, string context)
    {
        var options = OptionReader.Read<RestCatalogOptions>(properties, context);
        if (!System.Uri.TryCreate(options.Uri, UriKind.Absolute, out var uri) || (uri.Scheme != "http" && uri.Scheme != "https"))
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{options.Uri}' as the value of option 'uri' of {context}: expected an http or https address.");
        }

        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Option 'uri' of {context} must be a plain address, without a user, '?' or '#'.") { Hint = "Use 'token' or 'credential' to authenticate." };
        }

        // Asked for by some servers in their configuration: without it every request would be turned away for reasons that nobody could guess.
        if (options.AuthType is not (null or "oauth2" or "none") || string.Equals(properties.GetValueOrDefault("rest.sigv4-enabled"), "true", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot authenticate at {context} by '{options.AuthType ?? "sigv4"}': only OAuth2 and bearer tokens are supported.");
        }

        return options.RequestTimeout <= TimeSpan.Zero || options.RetriesMax < 0 || options.PageSize is <= 0 || options.TableCacheEntriesMax < 0
            ? throw new ArcticException(ErrorCodes.InvalidOption, $"A timeout, count or size among the options of {context} is negative or zero.")
            : options with { Properties = new Dictionary<string, string>(properties) };
    }

    /// <inheritdoc/>
    public override string ToString() => $"RestCatalogOptions {{ Uri = {Uri}, Warehouse = {Warehouse} }}";
}
