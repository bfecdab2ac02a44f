-- The data of a store of schema 1: two runs of a tiny experiment, as the first version of the program recorded them.
INSERT INTO "attempts" VALUES('06h0vjzqsycx8wf9',1,'finished','',1795527800803848,1795527800831483,'{"host":"vm","backend":"go","threads":1,"devices":1,"isa":"amd64","go_version":"go1.26.8","modules":{"github.com/gomlx/compute":"v0.1.6","github.com/gomlx/go-xla":"v0.4.5","github.com/gomlx/gomlx":"v0.28.6","github.com/mattn/go-sqlite3":"v1.14.53"},"version":"v0.0.0-20261124125124-5d78e54d81bc","git_commit":"28fe1ae4b10e7002066a57b877eb4b7421ba66c9","git_dirty":true,"pid":14378,"cpus":"1"}',4,NULL);
INSERT INTO "attempts" VALUES('06h0vjzqt0g96zhp',1,'finished','',1795527800802721,1795527800825943,'{"host":"vm","backend":"go","threads":1,"devices":1,"isa":"amd64","go_version":"go1.26.8","modules":{"github.com/gomlx/compute":"v0.1.6","github.com/gomlx/go-xla":"v0.4.5","github.com/gomlx/gomlx":"v0.28.6","github.com/mattn/go-sqlite3":"v1.14.53"},"version":"v0.0.0-20261124125124-5d78e54d81bc","git_commit":"28fe1ae4b10e7002066a57b877eb4b7421ba66c9","git_dirty":true,"pid":14379,"cpus":"0"}',4,NULL);
INSERT INTO "capture_heads" VALUES(1,0,0,X'0000803F0000000000000000EB24003F2BB6FF3E0000000036ACAA3ECA8BAA3E00C8AA3ED8101F37',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(1,0,1,X'0000803F0000000000000000BFA4FF3EA12D003F000000000CAAAA3E9DA3AA3E56B2AA3EEA54F9EA',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(1,1,0,X'0000803F00000000000000000103FF3E807E003F0000000077D0AA3E2865AA3E64CAAA3E6388C0DC',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(1,1,1,X'0000803F0000000000000000FF32003F019AFF3E00000000F52DAB3E5966AA3EB26BAA3E5877A210',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(2,0,0,X'0000803F0000000000000000EB24003F2BB6FF3E0000000036ACAA3ECA8BAA3E00C8AA3ED8101F37',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(2,0,1,X'0000803F0000000000000000BFA4FF3EA12D003F000000000CAAAA3E9DA3AA3E56B2AA3EEA54F9EA',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(3,0,0,X'0000803F0000000000000000EB24003F2BB6FF3E0000000036ACAA3ECA8BAA3E00C8AA3ED8101F37',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(3,0,1,X'0000803F0000000000000000BFA4FF3EA12D003F000000000CAAAA3E9DA3AA3E56B2AA3EEA54F9EA',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(4,0,0,X'0000803F00000000000000000F21003FE2BDFF3E00000000EBF4AA3EE86AAA3E2BA0AA3E7F044FA1',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(4,0,1,X'0000803F00000000000000001602003FD5FBFF3E000000001BB7AA3E63D8AA3E8270AA3E04DD96E9',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(5,0,0,X'0000803F0000000000000000EB24003F2BB6FF3E0000000036ACAA3ECA8BAA3E00C8AA3ED8101F37',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(5,0,1,X'0000803F0000000000000000BFA4FF3EA12D003F000000000CAAAA3E9DA3AA3E56B2AA3EEA54F9EA',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(5,1,0,X'0000803F00000000000000000103FF3E807E003F0000000077D0AA3E2865AA3E64CAAA3E6388C0DC',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(5,1,1,X'0000803F0000000000000000FF32003F019AFF3E00000000F52DAB3E5966AA3EB26BAA3E5877A210',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(6,0,0,X'0000803F0000000000000000DF19003F41CCFF3E000000005952AB3E6674AA3E4239AA3EFF1D358F',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(6,0,1,X'0000803F0000000000000000EB0E003F2AE2FF3E00000000EFD1AA3EEFF3AA3E213AAA3EEBDA29C4',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(7,0,0,X'0000803F00000000000000005D1A003F45CBFF3E00000000ADF2AA3E636BAA3EEFA1AA3ECB63FEC3',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(7,0,1,X'0000803F00000000000000003800003F90FFFF3E00000000CBB8AA3EB2D9AA3E826DAA3EB2DD3DBD',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(7,1,0,X'0000803F00000000000000003043FF3E675E003F0000000013B6AA3E432EAA3EAA1BAB3EDC808CBC',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(7,1,1,X'0000803F0000000000000000DD5A003F464AFF3E00000000E1F7AA3E3B7EAA3EE389AA3ECA6E45BC',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(8,0,0,X'0000803F00000000000000009809003FD0ECFF3E00000000604FAB3EC875AA3ED73AAA3E4DBB50FF',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(8,0,1,X'0000803F0000000000000000AA0A003FABEAFF3E00000000BFD4AA3E42F3AA3E0038AA3EEA6BEA69',X'FF0000807F00555555');
INSERT INTO "capture_heads" VALUES(8,1,0,X'0000803F00000000000000007E79FF3E4043003F0000000061C1AA3ECB25AA3ED418AB3E90BAA1A4',X'FF00007F8000555555');
INSERT INTO "capture_heads" VALUES(8,1,1,X'0000803F0000000000000000C668003F732EFF3E00000000BCF4AA3ECE61AA3E75A9AA3E40A9A51A',X'FF0000807F00555555');
INSERT INTO "captures" VALUES(1,'06h0vjzqsycx8wf9',1,1,'attention','prompt-0',0,2,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(2,'06h0vjzqt0g96zhp',1,1,'attention','prompt-0',0,1,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(3,'06h0vjzqt0g96zhp',1,2,'attention','prompt-0',1,1,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(4,'06h0vjzqt0g96zhp',1,3,'attention','prompt-0',2,1,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(5,'06h0vjzqsycx8wf9',1,2,'attention','prompt-0',1,2,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(6,'06h0vjzqt0g96zhp',1,4,'attention','prompt-0',4,1,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(7,'06h0vjzqsycx8wf9',1,3,'attention','prompt-0',2,2,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "captures" VALUES(8,'06h0vjzqsycx8wf9',1,4,'attention','prompt-0',4,2,2,3,3,'["A","B","C"]','f32',1);
INSERT INTO "desired" VALUES('tiny','','run');
INSERT INTO "events" VALUES(1,'plan','tiny','','[]');
INSERT INTO "events" VALUES(2,'run','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "events" VALUES(3,'run','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(4,'run','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(5,'run','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "events" VALUES(6,'points','tiny','06h0vjzqsycx8wf9','["val/accuracy","val/loss","heads/chance","heads/induction","heads/induction/layer-0","heads/induction/layer-1","heads/previous_token","heads/previous_token/layer-0","heads/previous_token/layer-1"]');
INSERT INTO "events" VALUES(7,'capture','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "events" VALUES(8,'points','tiny','06h0vjzqt0g96zhp','["val/accuracy","val/loss","heads/chance","heads/induction","heads/induction/layer-0","heads/previous_token","heads/previous_token/layer-0"]');
INSERT INTO "events" VALUES(9,'capture','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(10,'points','tiny','06h0vjzqt0g96zhp','["train/grad_norm","train/learning_rate","train/loss","train/tokens_per_second"]');
INSERT INTO "events" VALUES(11,'capture','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(12,'points','tiny','06h0vjzqt0g96zhp','["train/grad_norm","train/learning_rate","train/loss","train/tokens_per_second","val/accuracy","val/loss"]');
INSERT INTO "events" VALUES(13,'capture','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(14,'points','tiny','06h0vjzqsycx8wf9','["train/grad_norm","train/learning_rate","train/loss","train/tokens_per_second"]');
INSERT INTO "events" VALUES(15,'capture','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "events" VALUES(16,'points','tiny','06h0vjzqt0g96zhp','["train/grad_norm","train/learning_rate","train/loss","train/tokens_per_second","val/accuracy","val/loss","heads/chance","heads/induction","heads/induction/layer-0","heads/previous_token","heads/previous_token/layer-0"]');
INSERT INTO "events" VALUES(17,'capture','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(18,'points','tiny','06h0vjzqsycx8wf9','["train/grad_norm","train/learning_rate","train/loss","train/tokens_per_second","val/accuracy","val/loss"]');
INSERT INTO "events" VALUES(19,'capture','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "events" VALUES(20,'run','tiny','06h0vjzqt0g96zhp','[]');
INSERT INTO "events" VALUES(21,'points','tiny','06h0vjzqsycx8wf9','["train/grad_norm","train/learning_rate","train/loss","train/tokens_per_second","val/accuracy","val/loss","heads/chance","heads/induction","heads/induction/layer-0","heads/induction/layer-1","heads/previous_token","heads/previous_token/layer-0","heads/previous_token/layer-1"]');
INSERT INTO "events" VALUES(22,'capture','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "events" VALUES(23,'run','tiny','06h0vjzqsycx8wf9','[]');
INSERT INTO "experiments" VALUES('tiny','Does the machinery work from spec to table?','spec: 1
name: tiny
question: Does the machinery work from spec to table?
seeds: 2
data: {corpus: repeats, repeats: {symbols: 8, min_period: 2, max_period: 4}, validation: {batches: 2}}
model: {family: glm, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, attention_bias: true, mlp: none}
objective: causal
train:
  max_steps: 30
  global_batch_size: 4
  sequence_length: 12
  learning_rate: 5e-3
  checkpoint: {every: 5}
record:
  metrics: {every: 2}
  validation: {every: 10}
  head_scores: {every: 10}
  attention: {at: log, prompts: [ABCABC]}
ablate:
  one-layer: {model.num_hidden_layers: 1}
run: {backend: go, slots: 2}
','{"spec":1,"name":"tiny","question":"Does the machinery work from spec to table?","seeds":[1],"data":{"corpus":"repeats","files":[],"field":"","repeats":{"symbols":8,"min_period":2,"max_period":4},"validation":{"share":0,"batches":2,"seed":1234}},"tokenizer":{"kind":"symbols","vocab_size":0},"model":{"family":"glm","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2,"attention_bias":true,"intermediate_size":0,"positions":"rotary","rope_theta":10000,"partial_rotary_factor":0.5,"mlp":"none","norm":"rmsnorm","norm_eps":0.00001,"tie_word_embeddings":false,"initializer_range":0.02},"objective":{"kind":"causal","mask_ratio":0,"mean_span":0,"max_span":0,"block_mask_prob":0},"train":{"max_steps":4,"global_batch_size":4,"sequence_length":12,"learning_rate":0.005,"lr_scheduler_type":"cosine","warmup_ratio":0.1,"decay_ratio":0,"min_lr_ratio":0,"weight_decay":0.01,"adam_beta1":0.9,"adam_beta2":0.95,"adam_epsilon":1e-8,"max_grad_norm":1,"checkpoint":{"every":2,"keep":2}},"record":{"metrics":{"every":1},"validation":{"every":2},"head_scores":{"every":10},"attention":{"at":"log","prompts":["ABC"]}},"ablate":[{"name":"one-layer","set":[{"path":"model.num_hidden_layers","value":"1"}]}],"sweep":{"grid":[]},"compare":{"metric":"val/loss","goal":"minimize","baseline":"baseline","also":[]},"run":{"backend":"go","slots":2}}','[1]','{"metric":"val/loss","goal":"minimize","baseline":"baseline","also":[]}',1795527800783036);
INSERT INTO "journal" VALUES('06h0vjzqsycx8wf9',1,1,X'01090C76616C2F61636375726163790876616C2F6C6F73730C68656164732F6368616E63650F68656164732F696E64756374696F6E1768656164732F696E64756374696F6E2F6C617965722D301768656164732F696E64756374696F6E2F6C617965722D311468656164732F70726576696F75735F746F6B656E1C68656164732F70726576696F75735F746F6B656E2F6C617965722D301C68656164732F70726576696F75735F746F6B656E2F6C617965722D31090000DEE882CCBCC1B0067DD60DA6C867CD3F010000BBC114F920A200400200E809BE03B870CDDEBB3F030000ACAAAAF291E3BB3F040000010000D043DFBB3F050000ACAAAAF291E3BB3F060000000000ECC6DEBB3F070000000000ECC6DEBB3F0800000100004A73DEBB3F42ECA7D4');
INSERT INTO "journal" VALUES('06h0vjzqsycx8wf9',1,2,X'01040F747261696E2F677261645F6E6F726D13747261696E2F6C6561726E696E675F726174650A747261696E2F6C6F737317747261696E2F746F6B656E735F7065725F7365636F6E64040002E6C683CCBCC1B006000000E00796F33F0100000000000000000000020000000000A0BB6500400300008583BF6ABC75D240E964DF40');
INSERT INTO "journal" VALUES('06h0vjzqsycx8wf9',1,3,X'01060F747261696E2F677261645F6E6F726D13747261696E2F6C6561726E696E675F726174650A747261696E2F6C6F737317747261696E2F746F6B656E735F7065725F7365636F6E640C76616C2F61636375726163790876616C2F6C6F7373060004B0F784CCBCC1B006000000C05B8AF63F0100007B14AE47E17A743F020000000000A0C89A00400300003B73094E9C05F0400400F20AD0BAC114F9ACBB3F050000618A7CD6A9A000404CDA2D7A');
INSERT INTO "journal" VALUES('06h0vjzqsycx8wf9',1,4,X'010D0F747261696E2F677261645F6E6F726D13747261696E2F6C6561726E696E675F726174650A747261696E2F6C6F737317747261696E2F746F6B656E735F7065725F7365636F6E640C76616C2F61636375726163790876616C2F6C6F73730C68656164732F6368616E63650F68656164732F696E64756374696F6E1768656164732F696E64756374696F6E2F6C617965722D301768656164732F696E64756374696F6E2F6C617965722D311468656164732F70726576696F75735F746F6B656E1C68656164732F70726576696F75735F746F6B656E2F6C617965722D301C68656164732F70726576696F75735F746F6B656E2F6C617965722D3111000680C385CCBCC1B006000000C09440F23F010000B81E85EB51B86E3F020000000000E0F49A004003000096E81069A43DF74000029C07000000600000F73F0100007E14AE47E17A543F020000000000A0F4850040030000320247D563EAFA4004009A05D0BAC114F9ACBB3F0500003EEB065354A100400600C003BE03B870CDDEBB3F070000ABAAAA58FCE4BB3F080000575555DD4EDFBB3F090000ABAAAA58FCE4BB3F0A0000ACAAAAE469E3BB3F0B0000ACAAAAE469E3BB3F0C000055555507A9DFBB3FA6648BCC');
INSERT INTO "journal" VALUES('06h0vjzqt0g96zhp',1,1,X'01070C76616C2F61636375726163790876616C2F6C6F73730C68656164732F6368616E63650F68656164732F696E64756374696F6E1768656164732F696E64756374696F6E2F6C617965722D301468656164732F70726576696F75735F746F6B656E1C68656164732F70726576696F75735F746F6B656E2F6C617965722D30070000A08B83CCBCC1B0067DD60DA6C867CD3F0100003EEB065308A100400200BA04BE03B870CDDEBB3F030000010000D043DFBB3F040000010000D043DFBB3F050000000000ECC6DEBB3F060000000000ECC6DEBB3F6C917B53');
INSERT INTO "journal" VALUES('06h0vjzqt0g96zhp',1,2,X'01040F747261696E2F677261645F6E6F726D13747261696E2F6C6561726E696E675F726174650A747261696E2F6C6F737317747261696E2F746F6B656E735F7065725F7365636F6E64040002E8FE83CCBCC1B006000000809A87F33F0100000000000000000000020000000000C09B6500400300004E5F72648074E140C8973068');
INSERT INTO "journal" VALUES('06h0vjzqt0g96zhp',1,3,X'01060F747261696E2F677261645F6E6F726D13747261696E2F6C6561726E696E675F726174650A747261696E2F6C6F737317747261696E2F746F6B656E735F7065725F7365636F6E640C76616C2F61636375726163790876616C2F6C6F7373060004BE9A84CCBCC1B006000000C0AD8CF63F0100007B14AE47E17A743F02000000000020469A0040030000A50FFF22640403410400D203D0BAC114F9ACBB3F05000091CFBAC1E29F004042ECDF6B');
INSERT INTO "journal" VALUES('06h0vjzqt0g96zhp',1,4,X'010B0F747261696E2F677261645F6E6F726D13747261696E2F6C6561726E696E675F726174650A747261696E2F6C6F737317747261696E2F746F6B656E735F7065725F7365636F6E640C76616C2F61636375726163790876616C2F6C6F73730C68656164732F6368616E63650F68656164732F696E64756374696F6E1768656164732F696E64756374696F6E2F6C617965722D301468656164732F70726576696F75735F746F6B656E1C68656164732F70726576696F75735F746F6B656E2F6C617965722D300F0006D2CA84CCBCC1B006000000605F32F23F010000B81E85EB51B86E3F02000000000040CE9F00400300004C1B337EB78803410002EE0600000040E0ECF63F0100007E14AE47E17A543F02000000000020498A00400300002905860FE046FF400400D809D0BAC114F9ACBB3F0500008329F2591BA100400600E803BE03B870CDDEBB3F070000FEFFFFA723DFBB3F080000FEFFFFA723DFBB3F090000ABAAAAA2B3E3BB3F0A0000ABAAAAA2B3E3BB3F6B7CA4B2');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/chance',4,1.08868446368446364358e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/induction',4,1.08962794921050473706e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/induction/layer-0',4,1.08876160656412465654e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/induction/layer-1',4,1.08962794921050473706e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/previous_token',4,1.08938806845496116704e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/previous_token/layer-0',4,1.08938806845496116704e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','heads/previous_token/layer-1',4,1.08881534853329256518e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','train/grad_norm',4,1.43750035762786865234e+00,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','train/learning_rate',4,1.25000000000000067654e-03,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','train/loss',4,2.06540799140930175781e+00,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','train/tokens_per_second',4,1.10246239569672179641e+05,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','val/accuracy',4,1.08108108108108114109e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqsycx8wf9','val/loss',4,2.07877411713471271781e+00,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','heads/chance',4,1.08868446368446364358e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','heads/induction',4,1.08873585239052744766e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','heads/induction/layer-0',4,1.08873585239052744766e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','heads/previous_token',4,0.108943202222387,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','heads/previous_token/layer-0',4,0.108943202222387,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','train/grad_norm',4,1.43283104896545410156e+00,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','train/learning_rate',4,1.25000000000000067654e-03,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','train/loss',4,2.06752228736877441406e+00,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','train/tokens_per_second',4,1.28110003789920956474e+05,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','val/accuracy',4,1.08108108108108114109e-01,'number');
INSERT INTO "last_values" VALUES('06h0vjzqt0g96zhp','val/loss',4,2.07866544981260537028e+00,'number');
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/chance','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/induction','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/induction/layer-0','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/induction/layer-1','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/previous_token','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/previous_token/layer-0','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','heads/previous_token/layer-1','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','train/grad_norm','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','train/learning_rate','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','train/loss','nats','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','train/tokens_per_second','tokens/s','',1);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','val/accuracy','','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','val/bits_per_byte','bits/byte','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqsycx8wf9','val/loss','nats','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','heads/chance','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','heads/induction','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','heads/induction/layer-0','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','heads/previous_token','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','heads/previous_token/layer-0','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','train/grad_norm','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','train/learning_rate','','',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','train/loss','nats','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','train/tokens_per_second','tokens/s','',1);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','val/accuracy','','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','val/bits_per_byte','bits/byte','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "metric_infos" VALUES('06h0vjzqt0g96zhp','val/loss','nats','causal/symbols/12/c3b7e3b8',0);
INSERT INTO "runs" VALUES('06h0vjzqsycx8wf9','tiny','baseline',1,'51b3562b7b1fe085ca5f48d0e3c558ca3652338866c727bb29bb29d01e23cdcf','d6daa40e168523785eeb626cd786e5dbb9feac77fd159f9fbfe09856233090e4','5aa9e1731877b9049d3848498e1bc5fadc688ab98e880f536ee387b5bf1c466c','0eb18b775eadcb9cbe4a94cf6b73dd771d77a01d11be12248d727f049906bbd6','finished','','{"spec":1,"name":"tiny","question":"Does the machinery work from spec to table?","seeds":[1],"data":{"corpus":"repeats","files":[],"field":"","repeats":{"symbols":8,"min_period":2,"max_period":4},"validation":{"share":0,"batches":2,"seed":1234}},"tokenizer":{"kind":"symbols","vocab_size":0},"model":{"family":"glm","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2,"attention_bias":true,"intermediate_size":0,"positions":"rotary","rope_theta":10000,"partial_rotary_factor":0.5,"mlp":"none","norm":"rmsnorm","norm_eps":0.00001,"tie_word_embeddings":false,"initializer_range":0.02},"objective":{"kind":"causal","mask_ratio":0,"mean_span":0,"max_span":0,"block_mask_prob":0},"train":{"max_steps":4,"global_batch_size":4,"sequence_length":12,"learning_rate":0.005,"lr_scheduler_type":"cosine","warmup_ratio":0.1,"decay_ratio":0,"min_lr_ratio":0,"weight_decay":0.01,"adam_beta1":0.9,"adam_beta2":0.95,"adam_epsilon":1e-8,"max_grad_norm":1,"checkpoint":{"every":2,"keep":2}},"record":{"metrics":{"every":1},"validation":{"every":2},"head_scores":{"every":10},"attention":{"at":"log","prompts":["ABC"]}},"ablate":[],"sweep":{"grid":[]},"compare":{"metric":"val/loss","goal":"minimize","baseline":"baseline","also":[]},"run":{"backend":"go","slots":2}}',712,1795527800783759,1795527800803848,1795527800831483);
INSERT INTO "runs" VALUES('06h0vjzqt0g96zhp','tiny','one-layer',1,'5fc73438b3be12b34b67542bed65f7cfd2ac768cbd00685ebdf194d8a865477f','d6daa40e168523785eeb626cd786e5dbb9feac77fd159f9fbfe09856233090e4','5aa9e1731877b9049d3848498e1bc5fadc688ab98e880f536ee387b5bf1c466c','0eb18b775eadcb9cbe4a94cf6b73dd771d77a01d11be12248d727f049906bbd6','finished','','{"spec":1,"name":"tiny","question":"Does the machinery work from spec to table?","seeds":[1],"data":{"corpus":"repeats","files":[],"field":"","repeats":{"symbols":8,"min_period":2,"max_period":4},"validation":{"share":0,"batches":2,"seed":1234}},"tokenizer":{"kind":"symbols","vocab_size":0},"model":{"family":"glm","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2,"attention_bias":true,"intermediate_size":0,"positions":"rotary","rope_theta":10000,"partial_rotary_factor":0.5,"mlp":"none","norm":"rmsnorm","norm_eps":0.00001,"tie_word_embeddings":false,"initializer_range":0.02},"objective":{"kind":"causal","mask_ratio":0,"mean_span":0,"max_span":0,"block_mask_prob":0},"train":{"max_steps":4,"global_batch_size":4,"sequence_length":12,"learning_rate":0.005,"lr_scheduler_type":"cosine","warmup_ratio":0.1,"decay_ratio":0,"min_lr_ratio":0,"weight_decay":0.01,"adam_beta1":0.9,"adam_beta2":0.95,"adam_epsilon":1e-8,"max_grad_norm":1,"checkpoint":{"every":2,"keep":2}},"record":{"metrics":{"every":1},"validation":{"every":2},"head_scores":{"every":10},"attention":{"at":"log","prompts":["ABC"]}},"ablate":[],"sweep":{"grid":[]},"compare":{"metric":"val/loss","goal":"minimize","baseline":"baseline","also":[]},"run":{"backend":"go","slots":2}}',424,1795527800784252,1795527800802721,1795527800825943);
INSERT INTO "trials" VALUES('tiny',0,'baseline',1,'51b3562b7b1fe085ca5f48d0e3c558ca3652338866c727bb29bb29d01e23cdcf','d6daa40e168523785eeb626cd786e5dbb9feac77fd159f9fbfe09856233090e4');
INSERT INTO "trials" VALUES('tiny',1,'one-layer',1,'5fc73438b3be12b34b67542bed65f7cfd2ac768cbd00685ebdf194d8a865477f','d6daa40e168523785eeb626cd786e5dbb9feac77fd159f9fbfe09856233090e4');
INSERT INTO "variants" VALUES('tiny',0,'baseline','',712,'{"spec":1,"name":"tiny","question":"Does the machinery work from spec to table?","seeds":[1],"data":{"corpus":"repeats","files":[],"field":"","repeats":{"symbols":8,"min_period":2,"max_period":4},"validation":{"share":0,"batches":2,"seed":1234}},"tokenizer":{"kind":"symbols","vocab_size":0},"model":{"family":"glm","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2,"attention_bias":true,"intermediate_size":0,"positions":"rotary","rope_theta":10000,"partial_rotary_factor":0.5,"mlp":"none","norm":"rmsnorm","norm_eps":0.00001,"tie_word_embeddings":false,"initializer_range":0.02},"objective":{"kind":"causal","mask_ratio":0,"mean_span":0,"max_span":0,"block_mask_prob":0},"train":{"max_steps":4,"global_batch_size":4,"sequence_length":12,"learning_rate":0.005,"lr_scheduler_type":"cosine","warmup_ratio":0.1,"decay_ratio":0,"min_lr_ratio":0,"weight_decay":0.01,"adam_beta1":0.9,"adam_beta2":0.95,"adam_epsilon":1e-8,"max_grad_norm":1,"checkpoint":{"every":2,"keep":2}},"record":{"metrics":{"every":1},"validation":{"every":2},"head_scores":{"every":10},"attention":{"at":"log","prompts":["ABC"]}},"ablate":[],"sweep":{"grid":[]},"compare":{"metric":"val/loss","goal":"minimize","baseline":"baseline","also":[]},"run":{"backend":"go","slots":2}}');
INSERT INTO "variants" VALUES('tiny',1,'one-layer','model.num_hidden_layers: 1',424,'{"spec":1,"name":"tiny","question":"Does the machinery work from spec to table?","seeds":[1],"data":{"corpus":"repeats","files":[],"field":"","repeats":{"symbols":8,"min_period":2,"max_period":4},"validation":{"share":0,"batches":2,"seed":1234}},"tokenizer":{"kind":"symbols","vocab_size":0},"model":{"family":"glm","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2,"attention_bias":true,"intermediate_size":0,"positions":"rotary","rope_theta":10000,"partial_rotary_factor":0.5,"mlp":"none","norm":"rmsnorm","norm_eps":0.00001,"tie_word_embeddings":false,"initializer_range":0.02},"objective":{"kind":"causal","mask_ratio":0,"mean_span":0,"max_span":0,"block_mask_prob":0},"train":{"max_steps":4,"global_batch_size":4,"sequence_length":12,"learning_rate":0.005,"lr_scheduler_type":"cosine","warmup_ratio":0.1,"decay_ratio":0,"min_lr_ratio":0,"weight_decay":0.01,"adam_beta1":0.9,"adam_beta2":0.95,"adam_epsilon":1e-8,"max_grad_norm":1,"checkpoint":{"every":2,"keep":2}},"record":{"metrics":{"every":1},"validation":{"every":2},"head_scores":{"every":10},"attention":{"at":"log","prompts":["ABC"]}},"ablate":[],"sweep":{"grid":[]},"compare":{"metric":"val/loss","goal":"minimize","baseline":"baseline","also":[]},"run":{"backend":"go","slots":2}}');
