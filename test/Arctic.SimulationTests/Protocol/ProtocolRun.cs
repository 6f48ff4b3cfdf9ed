using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.SimulationTests.Protocol;

/// <summary>
/// One run of the job as the model sees it: an iterator that pauses before every step that touches the world, so that a scheduler can hold it up, let others go ahead, or drop it for good (a crash).
/// It follows ClaimingState, RecoveringState, CheckpointCoordinator and FinishingState.
/// </summary>
internal sealed class ProtocolRun
{
    private const int WriteTriesMax = 3;
    private readonly ProtocolWorld _world;
    private readonly List<int>[] _prepared = [[], []];
    private Incarnation _self;
    private int _position;
    private bool _hasEnded;
    private bool _hasFailed;
    private CheckpointId? _overAtClaim;
    private IReadOnlyList<PassedOver> _passedOver = [];
    private CheckpointId _next;
    private List<long> _retained = [];
    private List<long> _damaged = [];

    public ProtocolRun(ProtocolWorld world)
    {
        _world = world;
        Steps = Run().GetEnumerator();
    }

    public IEnumerator<string> Steps { get; }

    /// <summary>Why the run stopped; null while it goes on or when it finished.</summary>
    public object? Stopped { get; private set; }

    public bool IsFinished { get; private set; }

    public bool IsOlder => _self.Value > 0 && _world.Claims.Keys.Any(c => c > _self.Value);

    public bool HasBegun => _self.Value > 0;

    /// <summary>The checkpoints that it created while a newer run had a claim.</summary>
    public int CheckpointsWhenOlder { get; private set; }

    private ProtocolRules Rules => _world.Rules;

    private IEnumerable<string> Run()
    {
        while (!IsFinished && Stopped is null)
        {
            if (_self.Value == 0 || (_hasFailed && Rules.AttemptsClaimAnew))
            {
                foreach (var step in Claim())
                {
                    yield return step;
                }
            }

            _hasFailed = false;
            if (Stopped is null)
            {
                foreach (var step in RecoverAndRun())
                {
                    yield return step;
                }
            }
        }
    }

    private IEnumerable<string> Claim()
    {
        var marks = new List<SinkFact>();
        foreach (var step in ReadMarks(marks))
        {
            yield return step;
        }

        while (true)
        {
            yield return "list claims";
            var claims = _world.Claims.Keys.Select(c => new Incarnation(c)).ToList();
            if (_self.Value > 0 && claims.Any(c => c.CompareTo(_self) > 0))
            {
                Stopped = "fenced";
                yield break;
            }

            var over = RecoveryProtocol.OverAtClaim(_world.Finished is { } f ? new CheckpointId(f) : null, marks);
            var claim = Rules.NextClaim(claims, marks);
            yield return "claim";
            if (_world.CreateClaim(claim.Value))
            {
                _world.Note($"run {_self.Value} claims {claim.Value}");
                _self = claim;
                _overAtClaim ??= over;
                foreach (var old in claims)
                {
                    yield return "remove claim";
                    _world.Claims.Remove(old.Value);
                }

                yield break;
            }
        }
    }

    private IEnumerable<string> ReadMarks(List<SinkFact> marks)
    {
        marks.Clear();
        for (var sink = 0; sink < ProtocolWorld.SinkCount; sink++)
        {
            yield return "read mark";
            marks.Add(new SinkFact(SinkId(sink), _world.Tables[sink].FindMark(Rules)));
        }
    }

    private static string SinkId(int sink) => sink == 0 ? "a" : "b";

    private static int SinkOf(string id) => id == "a" ? 0 : 1;

    private IEnumerable<string> RecoverAndRun()
    {
        var marks = new List<SinkFact>();
        var read = new List<CheckpointFact>();
        List<CheckpointId> listed = [];
        List<Incarnation> claims = [];
        long? finished = null;
        for (var isRead = false; !isRead;)
        {
            foreach (var step in ReadMarks(marks))
            {
                yield return step;
            }

            yield return "list";
            listed = _world.Checkpoints.Keys.Select(c => new CheckpointId(c)).ToList();
            claims = _world.Claims.Keys.Select(c => new Incarnation(c)).ToList();
            finished = _world.Finished;
            read.Clear();
            isRead = true;
            for (var i = listed.Count - 1; i >= 0 && isRead; i--)
            {
                yield return "read checkpoint";
                if (!_world.Checkpoints.TryGetValue(listed[i].Value, out var found))
                {
                    isRead = false;
                }
                else if (_world.Damaged.Contains(found.Id) || _world.Misreads())
                {
                    read.Add(new CheckpointFact(listed[i], null, "damaged"));
                }
                else
                {
                    read.Add(new CheckpointFact(listed[i], new CheckpointContent(Rules.BranchesAreTold ? found.PassedOver : [], "plan", found.IsFinal, SinksOf(found)), null));
                    if (RecoveryProtocol.IsUsable(read[^1], marks))
                    {
                        break;
                    }
                }
            }
        }

        var facts = new RecoveryFacts
        {
            Self = _self,
            Claims = claims,
            Listed = listed,
            Checkpoints = read,
            Finished = finished is { } over ? new CheckpointId(over) : null,
            OverAtClaim = _overAtClaim!.Value,
            Sinks = marks,
            Plan = "plan",
        };
        var decision = Rules.Decide(facts);
        _world.Note($"run {_self.Value}: {Describe(decision)}");
        if (Rules.MustFence(decision, facts))
        {
            yield return "fence";
            if (!TryFence(marks))
            {
                yield break;
            }
        }

        foreach (var step in Act(decision, listed, finished, marks))
        {
            yield return step;
        }
    }

    private static string Describe(RecoveryDecision decision) => decision switch
    {
        RecoveryDecision.ReplayCommitThenRestore d => $"replay {string.Join(",", d.Sinks)} of {d.Checkpoint.Value} and restore",
        RecoveryDecision.FallBackTo d => $"fall back to {d.Checkpoint.Value}, replay {string.Join(",", d.Sinks)}",
        _ => decision.ToString(),
    };

    private static List<string> SinksOf(ModelCheckpoint checkpoint) =>
        Enumerable.Range(0, ProtocolWorld.SinkCount).Where(s => checkpoint.Committables[s].Count > 0).Select(SinkId).ToList();

    private IEnumerable<string> Act(RecoveryDecision decision, List<CheckpointId> listed, long? finished, List<SinkFact> marks)
    {
        CheckpointId id;
        IReadOnlyList<string> replay = [];
        var isFinal = false;
        switch (decision)
        {
            case RecoveryDecision.StartFresh(var next, var damaged):
                if (finished is null)
                {
                    yield return "begin folder";
                    _world.RecordFinished(Rules.FirstRecord(marks).Value);
                }

                _passedOver = PassedOver.Between([], RecoveryProtocol.OverAtClaim(finished is { } known ? new CheckpointId(known) : null, marks), next);
                Restore(null, next, [], damaged);
                foreach (var step in TakeCheckpoints())
                {
                    yield return step;
                }

                yield break;
            case RecoveryDecision.RestoreFrom(var from, var next):
                (id, _next) = (from, next);
                break;
            case RecoveryDecision.ReplayCommitThenRestore(var from, var sinks, var next):
                (id, replay, _next) = (from, sinks, next);
                break;
            case RecoveryDecision.FallBackTo(var from, var damaged, var sinks, var next):
                (id, replay, _next) = (from, sinks, next);
                _damaged = damaged.Select(d => d.Value).ToList();
                break;
            case RecoveryDecision.ReplayCommitThenFinish(var from, _, var sinks):
                (id, replay, isFinal) = (from, sinks, true);
                break;
            case RecoveryDecision.AlreadyFinished:
                IsFinished = true;
                yield break;
            default:
                Stopped = decision;
                yield break;
        }

        if (!_world.Checkpoints.TryGetValue(id.Value, out var checkpoint))
        {
            // The content was read a step ago; the model does not copy it.
            yield break;
        }

        foreach (var sink in replay)
        {
            yield return "replay commit";
            if (Commit(checkpoint, SinkOf(sink)) is not true)
            {
                yield break;
            }
        }

        if (isFinal)
        {
            foreach (var step in Finish(checkpoint.Id))
            {
                yield return step;
            }

            yield break;
        }

        _passedOver = PassedOver.Between(checkpoint.PassedOver, id, _next);
        Restore(checkpoint, _next, listed.Where(c => c.CompareTo(id) <= 0).Select(c => c.Value), _damaged.Select(d => new CheckpointId(d)).ToList());
        foreach (var step in TakeCheckpoints())
        {
            yield return step;
        }
    }

    private void Restore(ModelCheckpoint? checkpoint, CheckpointId next, IEnumerable<long> retained, IReadOnlyList<CheckpointId> damaged)
    {
        _position = checkpoint?.Position ?? 0;
        _hasEnded = false;
        _next = next;
        _retained = retained.ToList();
        _damaged = damaged.Select(d => d.Value).ToList();
        foreach (var prepared in _prepared)
        {
            prepared.Clear();
        }
    }

    private IEnumerable<string> TakeCheckpoints()
    {
        while (true)
        {
            ReadRows();
            if (!_world.IsCalm && _world.Random.Next(8) == 0)
            {
                // The checkpoint took too long and is given up; sinks have prepared all the same.
                if (!Rules.AbandonedWorkIsKept)
                {
                    Array.ForEach(_prepared, p => p.Clear());
                }

                _world.Note($"run {_self.Value} gives checkpoint {_next.Value} up");
                continue;
            }

            var checkpoint = new ModelCheckpoint(_next.Value, _passedOver, _self.Value, _position, _hasEnded, _prepared.Select(p => (IReadOnlyList<int>)p.ToArray()).ToArray());
            if (!Rules.CommitsBehindCheckpoint)
            {
                foreach (var step in CommitAll(checkpoint))
                {
                    yield return step;
                }
            }

            bool? isCreated = null;
            CheckpointsWhenOlder += IsOlder ? 1 : 0;
            for (var tries = 0; isCreated is null && tries < WriteTriesMax; tries++)
            {
                yield return "create checkpoint";
                isCreated = _world.Request(() => _world.CreateCheckpoint(checkpoint));
                if (isCreated == false)
                {
                    yield return "compare checkpoint";
                    isCreated = _world.Checkpoints.TryGetValue(checkpoint.Id, out var found) && ReferenceEquals(found, checkpoint);
                }
            }

            if (isCreated is null)
            {
                _hasFailed = true;
                yield break;
            }

            yield return "look";
            var decision = Rules.Decide(new CheckpointFacts
            {
                Self = _self,
                Checkpoint = _next,
                IsCreated = isCreated.Value,
                Claims = _world.Claims.Keys.Select(c => new Incarnation(c)).ToList(),
                Listed = _world.Checkpoints.Keys.Select(c => new CheckpointId(c)).ToList(),
                Finished = _world.Finished is { } over ? new CheckpointId(over) : null,
            });
            _world.Note($"run {_self.Value}: checkpoint {_next.Value} at {_position}, created {isCreated}: {decision}");
            if (decision is CheckpointDecision.StopFenced)
            {
                Stopped = decision;
                yield break;
            }

            if (decision is CheckpointDecision.RecoverAgain)
            {
                yield break;
            }

            Array.ForEach(_prepared, p => p.Clear());
            if (Rules.CommitsBehindCheckpoint)
            {
                for (var sink = 0; sink < ProtocolWorld.SinkCount; sink++)
                {
                    if (checkpoint.Committables[sink].Count > 0)
                    {
                        yield return "commit";
                        if (Commit(checkpoint, sink) is not true)
                        {
                            yield break;
                        }
                    }
                }
            }

            _retained.Add(checkpoint.Id);
            _next = new CheckpointId(_next.Value + 1);
            foreach (var old in _damaged.Concat(CheckpointProtocol.FindRemovable(_retained.Select(c => new CheckpointId(c)).ToList(), Rules.Retained).Select(c => c.Value)).ToList())
            {
                yield return "remove checkpoint";
                Remove(old);
            }

            if (checkpoint.IsFinal)
            {
                foreach (var step in Finish(checkpoint.Id))
                {
                    yield return step;
                }

                yield break;
            }
        }
    }

    private void ReadRows()
    {
        var end = Math.Min(ProtocolWorld.RowCount, _position + _world.Random.Next(4));
        for (; _position < end; _position++)
        {
            _prepared[ProtocolWorld.SinkOf(_position)].Add(_position);
        }

        if (_position == ProtocolWorld.RowCount && !_hasEnded)
        {
            _hasEnded = true;
            _prepared[ProtocolWorld.SinkOf(ProtocolWorld.EndRow)].Add(ProtocolWorld.EndRow);
        }
    }

    private IEnumerable<string> CommitAll(ModelCheckpoint checkpoint)
    {
        for (var sink = 0; sink < ProtocolWorld.SinkCount; sink++)
        {
            if (checkpoint.Committables[sink].Count > 0)
            {
                yield return "early commit";
                Commit(checkpoint, sink);
            }
        }
    }

    // One sink a step would be more honest, but the order of the two does not matter: neither is used before both are fenced.
    private bool TryFence(List<SinkFact> seen)
    {
        var fenced = new List<SinkFact>();
        for (var sink = 0; sink < ProtocolWorld.SinkCount; sink++)
        {
            var table = _world.Tables[sink];
            var mark = table.Property ?? new CommittedMark(_self, new CheckpointId(0));
            if (mark.Incarnation.CompareTo(_self) > 0)
            {
                Stopped = mark;
                return false;
            }

            table.Property = mark with { Incarnation = _self };
            fenced.Add(new SinkFact(SinkId(sink), table.Property));
        }

        _world.Note($"run {_self.Value} fences the sinks");
        return !RecoveryProtocol.IsOvertaken(seen, fenced);
    }

    // False when the committer refuses; null when the answer was lost. Both end in another recovery, which looks at the marks.
    private bool? Commit(ModelCheckpoint checkpoint, int sink)
    {
        // The request carries what the run was when it sent it, however late it arrives.
        var (table, self) = (_world.Tables[sink], _self);
        var answer = _world.Request(() =>
        {
            var decision = Rules.Decide(table.FindMark(Rules), self, new CheckpointId(checkpoint.Id));
            if (decision is CommitDecision.Commit)
            {
                Append(table, checkpoint, sink, self);
            }

            return decision is not CommitDecision.Fenced;
        });
        if (answer == false)
        {
            Stopped = "fenced";
        }

        _world.Note($"run {_self.Value}: commit of {checkpoint.Id} in {SinkId(sink)}: {(answer is null ? "answer lost" : answer)}");
        _hasFailed |= answer is null;
        return answer is null && !Rules.FailuresAreLookedAt ? true : answer;
    }

    private void Append(ModelTable table, ModelCheckpoint checkpoint, int sink, Incarnation self)
    {
        foreach (var row in checkpoint.Committables[sink])
        {
            if (table.Rows.Contains(row))
            {
                _world.Violation ??= $"Row {row} came twice into sink {SinkId(sink)}, with checkpoint {checkpoint.Id} of run {checkpoint.Incarnation}.";
            }

            table.Rows.Add(row);
        }

        var mark = new CommittedMark(self, new CheckpointId(checkpoint.Id));
        table.Property = mark;
        table.Snapshots.Add(mark);
    }

    private IEnumerable<string> Finish(long final)
    {
        yield return "record finished";
        _world.RecordFinished(_world.Checkpoints.Keys.Append(final).Max());
        _world.IsDone = true;
        _world.Note($"run {_self.Value} finishes");
        foreach (var checkpoint in _world.Checkpoints.Keys.ToList())
        {
            yield return "remove checkpoint";
            Remove(checkpoint);
        }

        IsFinished = true;
    }

    private void Remove(long checkpoint)
    {
        _world.Checkpoints.Remove(checkpoint);
        _world.Damaged.Remove(checkpoint);
        _retained.Remove(checkpoint);
        _damaged.Remove(checkpoint);
    }
}
