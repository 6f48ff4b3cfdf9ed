using System.Net;
using System.Text;
using System.Text.Json;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>Answers that are errors, in our words. Nothing of what was sent goes into them.</summary>
internal static class RestErrors
{
    /// <summary>What to try when the address seems wrong.</summary>
    public const string AddressHint = "Is 'uri' the address of an Iceberg REST catalog, without '/v1', and 'warehouse' one that it knows?";

    private const int MessageLengthMax = 1000;
    private const int BeginningMax = 60;

    /// <summary>The error of an answer that nobody has dealt with.</summary>
    /// <param name="scrub">Takes secrets out of what the server said.</param>
    public static ArcticException Of(RestRequest request, RestAnswer answer, Func<string, string> scrub)
    {
        var said = Said(answer, scrub);
        return answer.Status switch
        {
            400 or 411 or 413 or 414 or 415 or 422 or 431 => new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {request.Purpose}: the catalog server refused it {said}."),
            401 or 419 => new ArcticException(ErrorCodes.AccessDenied, $"Cannot {request.Purpose}: the catalog server does not accept who asks {said}.")
            {
                Hint = "Check 'token' or 'credential', 'scope' and 'oauth2-server-uri'.",
            },
            403 => new ArcticException(ErrorCodes.AccessDenied, $"Cannot {request.Purpose}: the catalog server forbids it {said}.") { Hint = "Grant the role that 'credential' or 'token' stands for what it needs." },
            404 => new ArcticException(ErrorCodes.UnknownName, $"Cannot {request.Purpose}: the catalog server does not find it {said}."),
            406 or 405 or 501 => new ArcticException(ErrorCodes.Unsupported, $"Cannot {request.Purpose}: the catalog server does not support it {said}."),
            409 when request.Effect == RestEffect.Commit => new CommitConflictException($"Cannot {request.Purpose}: the table has changed meanwhile {said}."),
            409 => new ArcticException(ErrorCodes.AlreadyExists, $"Cannot {request.Purpose}: something is in its way {said}."),
            429 => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {request.Purpose}: the catalog server asks for fewer requests {said}."),
            >= 500 when request.Effect == RestEffect.Commit => OutcomeUnknown(request, $"the catalog server failed {said}", null),
            >= 500 => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {request.Purpose}: the catalog server failed {said}."),
            301 or 302 or 307 or 308 => new ArcticException(ErrorCodes.InvalidOption, $"Cannot {request.Purpose}: the catalog server sends on to another address {said}, which is not followed.")
            {
                Hint = "Give the final address as 'uri'.",
            },

            // 408 and what proxies make up: none of them says that the server has not done it.
            _ when request.Effect == RestEffect.Commit => OutcomeUnknown(request, $"the catalog server gave an answer that is not known {said}", null),
            _ => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {request.Purpose}: the catalog server gave an answer that is not known {said}."),
        };
    }

    /// <summary>The error of an answer that no catalog gives, such as a page for people.</summary>
    public static ArcticException NoCatalog(RestRequest request, RestAnswer answer, Exception? cause, Func<string, string> scrub)
    {
        // Scrubbed before it is cut, which could cut a secret in two.
        var text = new string(Array.ConvertAll(scrub(Encoding.UTF8.GetString(answer.Body.Span[..Math.Min(answer.Body.Length, MessageLengthMax)])).ToCharArray(), c => char.IsControl(c) ? ' ' : c)).Trim();
        var begin = text.Length > BeginningMax ? text[..BeginningMax] + "…" : text;
        var type = answer.ContentType is { } t ? $" of type '{t}'" : "";
        return new ArcticException(
            ErrorCodes.InvalidOption, $"Cannot {request.Purpose}: no Iceberg REST catalog answered there, but something else ({StatusOf(answer)}{type}{(begin.Length == 0 ? ", empty" : $": \"{begin}\"")}).", cause)
        {
            Hint = AddressHint,
        };
    }

    /// <summary>The error of a request whose answer did not come.</summary>
    /// <param name="wasSent">Whether the server may have got it.</param>
    public static ArcticException NoAnswer(RestRequest request, Exception cause, bool wasSent, Func<string, string> scrub)
    {
        var what = cause is OperationCanceledException ? "no answer came in time" : scrub(DeepestMessage(cause)).TrimEnd('.');
        if (wasSent && request.Effect == RestEffect.Commit)
        {
            return OutcomeUnknown(request, what, cause);
        }

        var host = new Uri(request.Address).GetLeftPart(UriPartial.Authority);
        var doubt = wasSent && request.Effect == RestEffect.Once ? " Whether it took place is not known." : "";
        return new ArcticException(ErrorCodes.ConnectionFailed, $"Cannot {request.Purpose}: the connection to '{host}' failed: {what}.{doubt}", cause);
    }

    /// <summary>The type of the error that the server names, such as <c>NoSuchTableException</c>; null when it names none.</summary>
    public static string? TypeOf(RestAnswer answer) => Read(answer.Body).Type;

    private static CommitOutcomeUnknownException OutcomeUnknown(RestRequest request, string what, Exception? cause) =>
        new($"Cannot tell whether it took place to {request.Purpose}: {what}. Nothing was deleted; load the table and look.", cause);

    private static string Said(RestAnswer answer, Func<string, string> scrub)
    {
        var (type, message) = Read(answer.Body);
        var status = StatusOf(answer);
        var words = string.Join(": ", new[] { type, message }.Where(w => !string.IsNullOrWhiteSpace(w)));
        var text = words.Length == 0 ? status : $"{status}, {scrub(words.Length > MessageLengthMax ? words[..MessageLengthMax] + "…" : words).TrimEnd('.')}";
        return $"({text})";
    }

    private static string StatusOf(RestAnswer answer) =>
        $"{answer.Status} {(Enum.IsDefined((HttpStatusCode)answer.Status) ? (HttpStatusCode)answer.Status : answer.Status == 419 ? "AuthenticationTimeout" : "")}".TrimEnd();

    // {"error":{"message","type","code"}} of catalogs, {"error","error_description"} of OAuth2; pages of proxies say nothing that helps.
    private static (string? Type, string? Message) Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("error", out var error))
            {
                return (null, null);
            }

            return error.ValueKind == JsonValueKind.Object ? (TextOf(error, "type"), TextOf(error, "message")) : (TextOf(document.RootElement, "error"), TextOf(document.RootElement, "error_description"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? TextOf(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string DeepestMessage(Exception e) => e.InnerException is { } inner ? DeepestMessage(inner) : e.Message;
}
