using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Arctic.Testing.S3;

/// <summary>An answer before it is sent.</summary>
internal sealed record FakeS3Answer(int Status)
{
    private static readonly XNamespace Names = "http://s3.amazonaws.com/doc/2006-03-01/";

    public ReadOnlyMemory<byte> Body { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The length that a HEAD tells.</summary>
    public long? LengthOnly { get; init; }

    public static FakeS3Answer OfTag(string tag) => new(200) { Headers = [(HeaderNames.ETag, tag)] };

    public static FakeS3Answer OfXml(XElement element) => new(200)
    {
        Body = Encoding.UTF8.GetBytes(new XDocument(new XDeclaration("1.0", "utf-8", null), element).ToString()),
        Headers = [(HeaderNames.ContentType, "application/xml")],
    };

    public static FakeS3Answer Of(FakeS3Error error) =>
        OfXml(new XElement("Error", new XElement("Code", error.Code), new XElement("Message", error.Message), new XElement("RequestId", "4442587FB7D0A2F9"))) with { Status = error.Status };

    public static XElement Element(string name, params (string Name, string Value)[] values) => new(Names + name, values.Select(v => new XElement(Names + v.Name, v.Value)));

    /// <summary>A whole object, a range of it, or its headers.</summary>
    public static FakeS3Answer OfObject(FakeS3Object found, FakeS3Request request, bool withMetadata)
    {
        if (request.Http.Headers.IfMatch is { Count: > 0 } tag && tag != found.Tag)
        {
            throw new FakeS3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
        }

        var headers = new List<(string, string)> { (HeaderNames.ETag, found.Tag), (HeaderNames.LastModified, found.Modified.ToString("R", CultureInfo.InvariantCulture)) };
        if (withMetadata)
        {
            headers.AddRange(found.Metadata.Select(m => (m.Key, m.Value)));
        }

        if (request.Operation == S3Operation.Head)
        {
            return new FakeS3Answer(200) { Headers = headers, LengthOnly = found.Content.Length };
        }

        if (RangeHeaderValue.TryParse(request.Http.Headers.Range.ToString(), out var range))
        {
            var part = range.Ranges.Single();
            var (from, to) = ((int)(part.From ?? 0), (int)Math.Min(part.To ?? long.MaxValue, found.Content.Length - 1));
            if (from >= found.Content.Length)
            {
                throw new FakeS3Error(416, "InvalidRange", "The requested range is not satisfiable");
            }

            headers.Add((HeaderNames.ContentRange, $"bytes {from}-{to}/{found.Content.Length}"));
            return new FakeS3Answer(206) { Headers = headers, Body = found.Content.AsMemory(from, to - from + 1) };
        }

        return new FakeS3Answer(200) { Headers = headers, Body = found.Content };
    }

    public async Task SendAsync(HttpContext context)
    {
        Start(context);
        if (context.Request.Method != "HEAD")
        {
            await context.Response.Body.WriteAsync(Body, context.RequestAborted);
        }
    }

    /// <summary>Tells the whole length, sends half of it and cuts the connection.</summary>
    public async Task SendTornAsync(HttpContext context)
    {
        if (Body.Length > 0 && context.Request.Method != "HEAD")
        {
            Start(context);
            await context.Response.Body.WriteAsync(Body[..(Body.Length / 2)], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        context.Abort();
    }

    private void Start(HttpContext context)
    {
        context.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (Status != 204)
        {
            context.Response.ContentLength = LengthOnly ?? (context.Request.Method == "HEAD" ? 0 : Body.Length);
        }
    }
}

/// <summary>A page of a listing.</summary>
internal static class FakeS3Listing
{
    public static XElement Of(FakeS3Store store, FakeS3Request request, int pageSize)
    {
        var (prefix, delimiter) = (request.Query("prefix"), request.Query("delimiter"));
        var after = Encoding.UTF8.GetString(Convert.FromBase64String(request.Query("continuation-token")));
        var page = FakeS3Answer.Element("ListBucketResult", ("Name", request.Bucket), ("Prefix", prefix), ("MaxKeys", pageSize.ToString(CultureInfo.InvariantCulture)));
        var (count, last, isTruncated) = (0, after, false);
        foreach (var (key, found) in store.List(request.Bucket, prefix, after))
        {
            var end = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var entry = end < 0 ? key : key[..(end + delimiter.Length)];
            if (end >= 0 && entry == last)
            {
                continue;
            }

            if (count == pageSize)
            {
                isTruncated = true;
                break;
            }

            page.Add(end < 0 ? ContentOf(key, found) : FakeS3Answer.Element("CommonPrefixes", ("Prefix", entry)));
            (last, count) = (entry, count + 1);
        }

        page.Add(FakeS3Answer.Element("KeyCount").WithText(count.ToString(CultureInfo.InvariantCulture)), FakeS3Answer.Element("IsTruncated").WithText(isTruncated ? "true" : "false"));
        if (isTruncated)
        {
            page.Add(FakeS3Answer.Element("NextContinuationToken").WithText(Convert.ToBase64String(Encoding.UTF8.GetBytes(last))));
        }

        return page;
    }

    private static XElement ContentOf(string key, FakeS3Object found) => FakeS3Answer.Element(
        "Contents",
        ("Key", key),
        ("LastModified", found.Modified.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)),
        ("ETag", found.Tag),
        ("Size", found.Content.Length.ToString(CultureInfo.InvariantCulture)),
        ("StorageClass", "STANDARD"));

    private static XElement WithText(this XElement element, string text)
    {
        element.Value = text;
        return element;
    }
}
