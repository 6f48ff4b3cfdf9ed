using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Arctic.Storage.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Arctic.Testing.S3;

/// <summary>
/// A server of S3's protocol in this process that keeps its promises (conditional writes, atomic objects, tags) and breaks what it may break, as a plan says. Checks that requests
/// are signed for the right key and that their content is what was signed; not the signature itself.
/// </summary>
internal sealed class FakeS3Server : IAsyncDisposable
{
    public const string Bucket = "lake";
    public const string AccessKey = "AKIDTESTTESTTEST";
    public const string SecretKey = "secret/of+the+tests";

    private readonly WebApplication _application;
    private readonly IS3Faults? _faults;
    private readonly List<string> _requests = [];

    private FakeS3Server(IS3Faults? faults, FakeS3Store store)
    {
        _faults = faults;
        Store = store;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, 0);
            k.Limits.MaxRequestBodySize = null;
        });
        _application = builder.Build();
        _application.Run(HandleAsync);
        Store.CreateBucket(Bucket);
    }

    public FakeS3Store Store { get; }

    /// <summary>The most entries of a page of a listing.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Whether <c>If-None-Match</c> counts; many stores do not look at it.</summary>
    public bool HonoursConditions { get; set; } = true;

    /// <summary>Whether <c>x-amz-meta-…</c> is kept.</summary>
    public bool KeepsMetadata { get; set; } = true;

    /// <summary>A session token that requests must bring.</summary>
    public string? SessionToken { get; set; }

    /// <summary>The requests so far, as <c>OPERATION key</c>.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public string Endpoint => _application.Urls.Single();

    /// <summary>What a client needs, with waits for tests.</summary>
    public S3Options Options => new()
    {
        Endpoint = Endpoint,
        AccessKeyId = AccessKey,
        SecretAccessKey = SecretKey,
        PathStyleAccess = true,
        RetryWaitMin = TimeSpan.FromMilliseconds(1),
        RetryWaitMax = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>Starts a server; several may serve one store.</summary>
    public static async Task<FakeS3Server> StartAsync(IS3Faults? faults = null, FakeS3Store? store = null)
    {
        var server = new FakeS3Server(faults, store ?? new FakeS3Store());
        await server._application.StartAsync();
        return server;
    }

    public void ForgetRequests()
    {
        lock (_requests)
        {
            _requests.Clear();
        }
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            var request = await FakeS3Request.ReadAsync(context);
            lock (_requests)
            {
                _requests.Add($"{request.Operation} {request.Key}");
            }

            Authorize(context.Request);
            var fault = _faults?.Next(request.Operation, request.Key) ?? S3Fault.None;
            if (await BreakBeforeAsync(context, fault))
            {
                return;
            }

            var answer = Answer(request);
            await (fault switch
            {
                S3Fault.DropAfter => Drop(context),
                S3Fault.ErrorAfter => throw new FakeS3Error(500, "InternalError", "We encountered an internal error. Please try again."),
                S3Fault.StallAfter => Task.Delay(Timeout.Infinite, context.RequestAborted),
                S3Fault.TornBody => answer.SendTornAsync(context),
                _ => answer.SendAsync(context),
            });
        }
        catch (FakeS3Error e)
        {
            await FakeS3Answer.Of(e).SendAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or BadHttpRequestException)
        {
            context.Abort();
        }
    }

    private static async Task<bool> BreakBeforeAsync(HttpContext context, S3Fault fault)
    {
        switch (fault)
        {
            case S3Fault.SlowDown:
                throw new FakeS3Error(503, "SlowDown", "Please reduce your request rate.");
            case S3Fault.Conflict:
                throw new FakeS3Error(409, "ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.");
            case S3Fault.Denied:
                throw new FakeS3Error(403, "AccessDenied", "Access Denied");
            case S3Fault.DropBefore:
                await Drop(context);
                return true;
            case S3Fault.StallBefore:
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return true;
            case S3Fault.ErrorInBody:
                await (FakeS3Answer.Of(new FakeS3Error(200, "InternalError", "We encountered an internal error. Please try again.")) with { Status = 200 }).SendAsync(context);
                return true;
            default:
                return false;
        }
    }

    private static Task Drop(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private void Authorize(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal) || !authorization.Contains("SignedHeaders=", StringComparison.Ordinal) || !authorization.Contains("Signature=", StringComparison.Ordinal))
        {
            throw new FakeS3Error(403, "AccessDenied", "Access Denied");
        }

        if (!authorization.Contains($"Credential={AccessKey}/", StringComparison.Ordinal))
        {
            // Amazon's own words repeat nothing; other stores are not so careful.
            throw new FakeS3Error(403, "InvalidAccessKeyId", $"The access key is not known: {authorization}");
        }

        if (SessionToken is not null && request.Headers["x-amz-security-token"] != SessionToken)
        {
            throw new FakeS3Error(400, "ExpiredToken", "The provided token has expired.");
        }
    }

    private FakeS3Answer Answer(FakeS3Request request)
    {
        switch (request.Operation)
        {
            case S3Operation.Head or S3Operation.Get:
                return FakeS3Answer.OfObject(Store.Find(request.Bucket, request.Key) ?? throw new FakeS3Error(404, "NoSuchKey", "The specified key does not exist."), request, KeepsMetadata);
            case S3Operation.Put or S3Operation.PutIfAbsent:
                var put = Store.Put(request.Bucket, request.Key, new FakeS3Object(request.Body, request.Metadata), request.Operation == S3Operation.PutIfAbsent && HonoursConditions);
                return FakeS3Answer.OfTag(put.Tag);
            case S3Operation.Delete:
                Store.Delete(request.Bucket, request.Key);
                return new FakeS3Answer(204);
            case S3Operation.List:
                return FakeS3Answer.OfXml(FakeS3Listing.Of(Store, request, PageSize));
            case S3Operation.BeginUpload:
                return FakeS3Answer.OfXml(FakeS3Answer.Element("InitiateMultipartUploadResult", ("Bucket", request.Bucket), ("Key", request.Key), ("UploadId", Store.BeginUpload(request.Bucket, request.Key, request.Metadata))));
            case S3Operation.UploadPart:
                return FakeS3Answer.OfTag(Store.UploadPart(request.Query("uploadId"), int.Parse(request.Query("partNumber"), CultureInfo.InvariantCulture), request.Body));
            case S3Operation.CompleteUpload:
                var done = Store.CompleteUpload(request.Query("uploadId"), PartsOf(request.Body));
                return FakeS3Answer.OfXml(FakeS3Answer.Element("CompleteMultipartUploadResult", ("Bucket", request.Bucket), ("Key", request.Key), ("ETag", done.Tag)));
            default:
                Store.AbortUpload(request.Query("uploadId"));
                return new FakeS3Answer(204);
        }
    }

    private static List<(int Number, string Tag)> PartsOf(byte[] body) =>
        XDocument.Parse(Encoding.UTF8.GetString(body)).Root!.Elements().Select(p =>
            (int.Parse(p.Elements().Single(e => e.Name.LocalName == "PartNumber").Value, CultureInfo.InvariantCulture), p.Elements().Single(e => e.Name.LocalName == "ETag").Value)).ToList();
}

/// <summary>A request that was read.</summary>
internal sealed record FakeS3Request(S3Operation Operation, string Bucket, string Key, byte[] Body, IReadOnlyDictionary<string, string> Metadata, HttpRequest Http)
{
    private const string MetadataPrefix = "x-amz-meta-";

    public static async Task<FakeS3Request> ReadAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var path = target.Split('?')[0].TrimStart('/');
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var (bucket, key) = slash < 0 ? (path, "") : (path[..slash], Uri.UnescapeDataString(path[(slash + 1)..]));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        CheckBody(context.Request, body.ToArray());
        var metadata = context.Request.Headers.Where(h => h.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase)).ToDictionary(h => h.Key, h => h.Value.ToString());
        return new FakeS3Request(OperationOf(context.Request, key), bucket, key.Length > 0 ? key : context.Request.Query["prefix"].ToString(), body.ToArray(), metadata, context.Request);
    }

    public string Query(string name) => Http.Query[name].ToString();

    private static S3Operation OperationOf(HttpRequest request, string key) => request.Method switch
    {
        "HEAD" => S3Operation.Head,
        "GET" when key.Length == 0 && request.Query["list-type"] == "2" => S3Operation.List,
        "GET" => S3Operation.Get,
        "PUT" when request.Query.ContainsKey("partNumber") => S3Operation.UploadPart,
        "PUT" => request.Headers.IfNoneMatch == "*" ? S3Operation.PutIfAbsent : S3Operation.Put,
        "POST" when request.Query.ContainsKey("uploads") => S3Operation.BeginUpload,
        "POST" when request.Query.ContainsKey("uploadId") => S3Operation.CompleteUpload,
        "DELETE" when request.Query.ContainsKey("uploadId") => S3Operation.AbortUpload,
        "DELETE" => S3Operation.Delete,
        _ => throw new FakeS3Error(501, "NotImplemented", $"{request.Method} {request.QueryString} is not implemented."),
    };

    private static void CheckBody(HttpRequest request, byte[] body)
    {
        var signed = request.Headers["x-amz-content-sha256"].ToString();
        if (signed.StartsWith("STREAMING", StringComparison.Ordinal))
        {
            throw new FakeS3Error(501, "NotImplemented", "Chunked uploads are not implemented.");
        }

        if (signed.Length == 64 && signed != Convert.ToHexStringLower(SHA256.HashData(body)))
        {
            throw new FakeS3Error(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
        }
    }
}
