using System.Security.Cryptography;

namespace Arctic.Testing.S3;

/// <summary>Buckets with objects, and uploads under way. Every change is atomic. Thread-safe.</summary>
internal sealed class FakeS3Store
{
    private const int PartBytesMin = 5 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<string, FakeS3Object>> _buckets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upload> _uploads = new(StringComparer.Ordinal);
    private int _uploadCount;

    /// <summary>The uploads that are neither complete nor aborted.</summary>
    public int UploadsUnderWay
    {
        get
        {
            lock (_lock)
            {
                return _uploads.Count;
            }
        }
    }

    public void CreateBucket(string bucket)
    {
        lock (_lock)
        {
            _buckets.TryAdd(bucket, new SortedDictionary<string, FakeS3Object>(StringComparer.Ordinal));
        }
    }

    public FakeS3Object? Find(string bucket, string key)
    {
        lock (_lock)
        {
            return Bucket(bucket).GetValueOrDefault(key);
        }
    }

    /// <summary>Stores an object; where it must not exist, throws <c>PreconditionFailed</c> when it does.</summary>
    public FakeS3Object Put(string bucket, string key, FakeS3Object content, bool ifAbsent)
    {
        lock (_lock)
        {
            var objects = Bucket(bucket);
            if (ifAbsent && objects.ContainsKey(key))
            {
                throw new FakeS3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
            }

            objects[key] = content;
            return content;
        }
    }

    public void Delete(string bucket, string key)
    {
        lock (_lock)
        {
            Bucket(bucket).Remove(key);
        }
    }

    /// <summary>The objects of a prefix behind a key, in order.</summary>
    public List<KeyValuePair<string, FakeS3Object>> List(string bucket, string prefix, string after)
    {
        lock (_lock)
        {
            return Bucket(bucket).Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0).ToList();
        }
    }

    public string BeginUpload(string bucket, string key, IReadOnlyDictionary<string, string> metadata)
    {
        lock (_lock)
        {
            Bucket(bucket);
            var id = $"upload-{++_uploadCount}";
            _uploads.Add(id, new Upload(bucket, key, metadata));
            return id;
        }
    }

    public string UploadPart(string id, int number, byte[] content)
    {
        lock (_lock)
        {
            UploadOf(id).Parts[number] = content;
            return FakeS3Object.TagOf(content);
        }
    }

    public FakeS3Object CompleteUpload(string id, IReadOnlyList<(int Number, string Tag)> parts)
    {
        lock (_lock)
        {
            var upload = UploadOf(id);
            var contents = new List<byte[]>();
            foreach (var (number, tag) in parts)
            {
                if (!upload.Parts.TryGetValue(number, out var content) || FakeS3Object.TagOf(content) != tag)
                {
                    throw new FakeS3Error(400, "InvalidPart", $"Part {number} could not be found or has another tag.");
                }

                contents.Add(content);
            }

            if (contents.SkipLast(1).Any(c => c.Length < PartBytesMin))
            {
                throw new FakeS3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.");
            }

            _uploads.Remove(id);
            return Put(upload.Bucket, upload.Key, new FakeS3Object(contents.SelectMany(c => c).ToArray(), upload.Metadata), ifAbsent: false);
        }
    }

    public void AbortUpload(string id)
    {
        lock (_lock)
        {
            UploadOf(id);
            _uploads.Remove(id);
        }
    }

    private SortedDictionary<string, FakeS3Object> Bucket(string bucket) =>
        _buckets.GetValueOrDefault(bucket) ?? throw new FakeS3Error(404, "NoSuchBucket", "The specified bucket does not exist");

    private Upload UploadOf(string id) => _uploads.GetValueOrDefault(id) ?? throw new FakeS3Error(404, "NoSuchUpload", "The specified upload does not exist.");

    private sealed record Upload(string Bucket, string Key, IReadOnlyDictionary<string, string> Metadata)
    {
        public Dictionary<int, byte[]> Parts { get; } = [];
    }
}

/// <summary>An object with its headers.</summary>
internal sealed record FakeS3Object(byte[] Content, IReadOnlyDictionary<string, string> Metadata)
{
    public string Tag { get; } = TagOf(Content);

    public DateTimeOffset Modified { get; } = TimeProvider.System.GetUtcNow();

    public static string TagOf(byte[] content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..16])}\"";
}

/// <summary>An answer that is an error.</summary>
internal sealed class FakeS3Error(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;
}
