using System.Text;
using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>
/// The token that requests carry: the one that was given, or one that the client's credentials fetch (OAuth2 client credentials flow), anew before it expires
/// and when the server no longer accepts it. Thread-safe; one fetch at a time.
/// </summary>
internal sealed class BearerTokens
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    private readonly RestTransport _transport;
    private readonly RestCatalogOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private readonly string[] _secrets;
    private volatile Current? _current;

    public BearerTokens(RestTransport transport, RestCatalogOptions options, TimeProvider time)
    {
        (_transport, _options, _time) = (transport, options, time);
        _current = options.Token is { } token ? new Current(token, null) : null;
        var headers = options.Properties.Where(p => p.Key.StartsWith(RestHeaders.OptionPrefix, StringComparison.Ordinal) && p.Key.Contains("auth", StringComparison.OrdinalIgnoreCase)).Select(p => p.Value);
        _secrets = new[] { options.Token, options.Credential, SecretOf(options.Credential) }.Concat(headers).Where(s => !string.IsNullOrEmpty(s)).Select(s => s!).ToArray();
    }

    /// <summary>The token of the moment; null when the catalog is asked without one.</summary>
    /// <exception cref="ArcticException"><c>ACCESS_DENIED</c>: the token server refuses the credentials.</exception>
    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } current && !IsDue(current))
        {
            return current.Token;
        }

        if (_options.Credential is null)
        {
            return _current?.Token;
        }

        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current is { } fetched && !IsDue(fetched))
            {
                return fetched.Token;
            }

            var fresh = await FetchAsync(_options.Credential, cancellationToken).ConfigureAwait(false);
            _current = fresh;
            return fresh.Token;
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Says that the server does not accept a token.</summary>
    /// <returns>Whether there will be another one.</returns>
    public bool Expire(string token)
    {
        if (_options.Credential is null)
        {
            return false;
        }

        if (_current is { } current && current.Token == token)
        {
            _current = null;
        }

        return true;
    }

    /// <summary>Takes everything secret out of a text that comes from outside.</summary>
    public string Scrub(string text)
    {
        foreach (var secret in _secrets.Append(_current?.Token ?? "").Where(s => s.Length > 0))
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private bool IsDue(Current current) => current.RenewAt is { } at && _time.GetUtcNow() >= at;

    private async ValueTask<Current> FetchAsync(string credential, CancellationToken cancellationToken)
    {
        var asked = _time.GetUtcNow();
        var colon = credential.IndexOf(':', StringComparison.Ordinal);
        var form = new List<KeyValuePair<string, string?>>
        {
            new("grant_type", "client_credentials"),
            new("client_id", colon > 0 ? credential[..colon] : null),
            new("client_secret", SecretOf(credential)),
            new("scope", _options.Scope),
            new("audience", _options.Audience),
            new("resource", _options.Resource),
        };
        var request = new RestRequest(HttpMethod.Post, _options.OAuth2ServerUri ?? _options.Uri.TrimEnd('/') + "/v1/oauth/tokens")
        {
            Purpose = "fetch an access token",
            Body = Encoding.UTF8.GetBytes(string.Join('&', form.Where(f => f.Value is not null).Select(f => $"{f.Key}={Uri.EscapeDataString(f.Value!)}"))),
            ContentType = "application/x-www-form-urlencoded",
            IsAnonymous = true,
            BytesMax = 1024 * 1024,
        };
        var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Status switch
        {
            200 => RestJson.Read(request, answer, json => TokenOf(json, asked)),

            // OAuth2 says "invalid_client" with 400.
            400 => throw RestErrors.Of(request, answer with { Status = 401 }, Scrub),
            _ => throw _transport.ErrorOf(request, answer),
        };
    }

    private static Current TokenOf(MetadataJson json, DateTimeOffset asked)
    {
        var token = json.RequiredText("access_token");
        if (token.Length == 0 || token.Any(c => c is <= ' ' or > '~'))
        {
            throw json.Corrupt("'access_token' has characters that no token can have");
        }

        if (json.FindLong("expires_in") is not { } seconds)
        {
            return new Current(token, null);
        }

        // Of a token that lives shorter than that, the last tenth is given up.
        var life = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue));
        return new Current(token, asked + life - (life / 10 < RenewBefore ? life / 10 : RenewBefore));
    }

    private static string? SecretOf(string? credential) => credential?[(credential.IndexOf(':', StringComparison.Ordinal) + 1)..];

    // A class, not a record: it is not printed.
    private sealed class Current(string token, DateTimeOffset? renewAt)
    {
        public string Token { get; } = token;

        public DateTimeOffset? RenewAt { get; } = renewAt;
    }
}
